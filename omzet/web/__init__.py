"""What people see in a browser: pages, the HTTP API and the live stream."""
