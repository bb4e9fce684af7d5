"""What people enter and agree: users, sessions, rights, and the log of who changed what.

`omzet.desk.store.open_desk` opens it. Nothing is imported here, so that naming the package costs nothing at start-up.
"""
