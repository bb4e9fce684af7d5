BEGIN TRANSACTION;
CREATE TABLE actions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	text TEXT NOT NULL, 
	made_by INTEGER NOT NULL, 
	owner_id INTEGER, 
	subject_key TEXT NOT NULL, 
	metric VARCHAR(80), 
	expected NUMERIC(24, 8), 
	"before" NUMERIC(24, 8), 
	due_on DATE NOT NULL, 
	done_on DATE, 
	status VARCHAR(10) NOT NULL, 
	finding TEXT, 
	review_id INTEGER, 
	created_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT fk_actions_made_by FOREIGN KEY(made_by) REFERENCES users (id), 
	CONSTRAINT fk_actions_owner_id FOREIGN KEY(owner_id) REFERENCES users (id), 
	CONSTRAINT fk_actions_review_id FOREIGN KEY(review_id) REFERENCES reviews (id)
);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE annotations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER, 
	on_day DATE NOT NULL, 
	text TEXT NOT NULL, 
	team_key TEXT, 
	created_at DATETIME NOT NULL, 
	removed_at DATETIME, 
	version INTEGER NOT NULL, 
	CONSTRAINT fk_annotations_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE api_tokens (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	scopes JSON NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_used_at DATETIME, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT fk_api_tokens_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash)
);
INSERT INTO "api_tokens" VALUES(1,2,'Sheets','["read", "write"]','9a048e05932913aad0c8456f5ae13f59652f8a0f22fb216920c8089d951c4778','2026-11-25 15:36:41.116327',NULL,'2027-02-23 15:36:41.116327');
CREATE TABLE attempts (
	id INTEGER NOT NULL, 
	email_hash VARCHAR(64) NOT NULL, 
	address TEXT NOT NULL, 
	attempted_at DATETIME NOT NULL, 
	CONSTRAINT pk_attempts PRIMARY KEY (id)
);
INSERT INTO "attempts" VALUES(1,'50a25bd332ebe15b2e86cccc9af2f59c5d98eebc82f0d126fd6c65b4f10ab5b0','192.0.2.3','2026-11-25 15:36:40.096158');
CREATE TABLE audit (
	number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	at DATETIME NOT NULL, 
	user_id INTEGER, 
	door VARCHAR(10) NOT NULL, 
	address TEXT NOT NULL, 
	action VARCHAR(40) NOT NULL, 
	table_name VARCHAR(40) NOT NULL, 
	row_key TEXT NOT NULL, 
	"before" JSON, 
	"after" JSON, 
	CONSTRAINT fk_audit_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
INSERT INTO "audit" VALUES(1,'2026-11-25 15:36:37.648125',NULL,'cli','','first_admin','users','1',NULL,'{"name": "Ada", "email": "Ada@example.com", "role": "admin", "person_key": null, "language": "en", "is_active": true, "created_at": "2026-11-25T15:36:37.648125+00:00"}');
INSERT INTO "audit" VALUES(2,'2026-11-25 15:36:37.669521',1,'page','192.0.2.1','invited','users','2',NULL,'{"name": "rens", "email": "rens@example.com", "role": "rep", "person_key": "crm:12", "language": "nl", "is_active": true, "created_at": "2026-11-25T15:36:37.669521+00:00"}');
INSERT INTO "audit" VALUES(3,'2026-11-25 15:36:37.669521',1,'page','192.0.2.1','invite_link_made','links','1',NULL,'{"user_id": 2, "kind": "invite", "created_at": "2026-11-25T15:36:37.669521+00:00", "expires_at": "2026-12-02T15:36:37.669521+00:00"}');
INSERT INTO "audit" VALUES(4,'2026-11-25 15:36:38.810572',2,'page','192.0.2.2','used','links','1','{"id": 1, "user_id": 2, "kind": "invite", "created_at": "2026-11-25T15:36:37.669521+00:00", "expires_at": "2026-12-02T15:36:37.669521+00:00"}',NULL);
INSERT INTO "audit" VALUES(5,'2026-11-25 15:36:38.810572',2,'page','192.0.2.2','accepted','users','2','{"name": "rens"}','{"name": "R\u00e9ns ''d''Or''"}');
INSERT INTO "audit" VALUES(6,'2026-11-25 15:36:40.070960',2,'page','192.0.2.2','signed_in','sessions','1',NULL,'{"user_id": 2, "address": "192.0.2.2", "browser": "Firefox", "created_at": "2026-11-25T15:36:40.070960+00:00", "expires_at": "2026-12-25T15:36:40.070960+00:00"}');
INSERT INTO "audit" VALUES(7,'2026-11-25 15:36:41.102223',NULL,'page','192.0.2.3','sign_in_failed','users','2',NULL,NULL);
INSERT INTO "audit" VALUES(8,'2026-11-25 15:36:41.116327',2,'page','','token_made','api_tokens','1',NULL,'{"user_id": 2, "name": "Sheets", "scopes": ["read", "write"], "created_at": "2026-11-25T15:36:41.116327+00:00", "expires_at": "2027-02-23T15:36:41.116327+00:00"}');
INSERT INTO "audit" VALUES(9,'2026-11-25 15:36:41.147983',1,'page','192.0.2.1','invited','users','3',NULL,'{"name": "mila", "email": "mila@example.com", "role": "manager", "person_key": null, "language": "en", "is_active": true, "created_at": "2026-11-25T15:36:41.147983+00:00"}');
INSERT INTO "audit" VALUES(10,'2026-11-25 15:36:41.147983',1,'page','192.0.2.1','invite_link_made','links','2',NULL,'{"user_id": 3, "kind": "invite", "created_at": "2026-11-25T15:36:41.147983+00:00", "expires_at": "2026-12-02T15:36:41.147983+00:00"}');
INSERT INTO "audit" VALUES(11,'2026-11-25 15:36:41.164217',1,'page','192.0.2.1','reset_link_made','links','3',NULL,'{"user_id": 2, "kind": "reset", "created_at": "2026-11-25T15:36:41.164217+00:00", "expires_at": "2026-11-26T15:36:41.164217+00:00"}');
CREATE TABLE contests (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	row_table VARCHAR(40) NOT NULL, 
	row_key TEXT NOT NULL, 
	metric VARCHAR(80), 
	made_by INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	answered_by INTEGER, 
	answer TEXT, 
	created_at DATETIME NOT NULL, 
	answered_at DATETIME, 
	version INTEGER NOT NULL, 
	CONSTRAINT fk_contests_made_by FOREIGN KEY(made_by) REFERENCES users (id), 
	CONSTRAINT fk_contests_answered_by FOREIGN KEY(answered_by) REFERENCES users (id)
);
CREATE TABLE dismissals (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER, 
	finding TEXT NOT NULL, 
	reason TEXT NOT NULL, 
	seen JSON NOT NULL, 
	dismissed_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT fk_dismissals_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE entries (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER, 
	entered_at DATETIME NOT NULL, 
	table_name VARCHAR(40) NOT NULL, 
	row_key TEXT NOT NULL, 
	seen JSON, 
	given JSON NOT NULL, 
	state VARCHAR(10) NOT NULL, 
	reason TEXT, 
	load_no INTEGER, 
	CONSTRAINT fk_entries_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE erasures (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	subject TEXT NOT NULL, 
	erased_by INTEGER, 
	erased_at DATETIME NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	CONSTRAINT fk_erasures_erased_by FOREIGN KEY(erased_by) REFERENCES users (id)
);
CREATE TABLE goal_steps (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	goal_id INTEGER NOT NULL, 
	user_id INTEGER NOT NULL, 
	made_at DATETIME NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	value NUMERIC(24, 8), 
	text TEXT NOT NULL, 
	CONSTRAINT fk_goal_steps_goal_id FOREIGN KEY(goal_id) REFERENCES goals (id), 
	CONSTRAINT fk_goal_steps_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE goals (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	objective TEXT NOT NULL, 
	metric VARCHAR(80) NOT NULL, 
	level VARCHAR(10) NOT NULL, 
	subject_key TEXT NOT NULL, 
	from_on DATE NOT NULL, 
	to_on DATE NOT NULL, 
	value NUMERIC(24, 8) NOT NULL, 
	status VARCHAR(10) NOT NULL, 
	days_off INTEGER NOT NULL, 
	proposed_by INTEGER NOT NULL, 
	proposed_to INTEGER NOT NULL, 
	waits_for INTEGER, 
	parent_id INTEGER, 
	replaces_id INTEGER, 
	agreed_on DATE, 
	created_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT fk_goals_proposed_by FOREIGN KEY(proposed_by) REFERENCES users (id), 
	CONSTRAINT fk_goals_proposed_to FOREIGN KEY(proposed_to) REFERENCES users (id), 
	CONSTRAINT fk_goals_waits_for FOREIGN KEY(waits_for) REFERENCES users (id), 
	CONSTRAINT fk_goals_parent_id FOREIGN KEY(parent_id) REFERENCES goals (id), 
	CONSTRAINT fk_goals_replaces_id FOREIGN KEY(replaces_id) REFERENCES goals (id)
);
CREATE TABLE links (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER NOT NULL, 
	kind VARCHAR(10) NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT fk_links_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_links_token_hash UNIQUE (token_hash)
);
INSERT INTO "links" VALUES(2,3,'invite','8aa23af70c742a49e13805d1ee0af60852a8c11cdad7b850f35e0f88c8748319','2026-11-25 15:36:41.147983','2026-12-02 15:36:41.147983');
INSERT INTO "links" VALUES(3,2,'reset','f219f6cf0dec9a957d635282b3ed49c4e0629495778b9a0f214388e13ab033b7','2026-11-25 15:36:41.164217','2026-11-26 15:36:41.164217');
CREATE TABLE remarks (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	kind VARCHAR(12) NOT NULL, 
	person_key TEXT NOT NULL, 
	made_by INTEGER NOT NULL, 
	text TEXT NOT NULL, 
	evidence TEXT, 
	is_private BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT fk_remarks_made_by FOREIGN KEY(made_by) REFERENCES users (id)
);
CREATE TABLE reviews (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	title TEXT NOT NULL, 
	level VARCHAR(10) NOT NULL, 
	subject_key TEXT NOT NULL, 
	planned_by INTEGER NOT NULL, 
	planned_on DATE NOT NULL, 
	held_on DATE, 
	agenda JSON NOT NULL, 
	notes TEXT NOT NULL, 
	is_private BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT fk_reviews_planned_by FOREIGN KEY(planned_by) REFERENCES users (id)
);
CREATE TABLE saved_views (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER, 
	name TEXT NOT NULL, 
	address TEXT NOT NULL, 
	is_shared BOOLEAN NOT NULL, 
	is_pinned BOOLEAN NOT NULL, 
	created_at DATETIME NOT NULL, 
	CONSTRAINT fk_saved_views_user_id FOREIGN KEY(user_id) REFERENCES users (id)
);
CREATE TABLE sessions (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	user_id INTEGER NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	address TEXT NOT NULL, 
	browser TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	CONSTRAINT fk_sessions_user_id FOREIGN KEY(user_id) REFERENCES users (id), 
	CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash)
);
INSERT INTO "sessions" VALUES(1,2,'13800a3a6308a0761be1b77cd66c0b886bd757a880028d7a2d4d6901769b30c3','192.0.2.2','Firefox','2026-11-25 15:36:40.070960','2026-11-25 15:36:40.070960','2026-12-25 15:36:40.070960');
CREATE TABLE users (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name TEXT NOT NULL, 
	email TEXT, 
	email_key TEXT, 
	role VARCHAR(20) NOT NULL, 
	person_key TEXT, 
	language VARCHAR(5) NOT NULL, 
	is_active BOOLEAN NOT NULL, 
	password_hash TEXT, 
	created_at DATETIME NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT uq_users_email_key UNIQUE (email_key)
);
INSERT INTO "users" VALUES(1,'Ada','Ada@example.com','ada@example.com','admin',NULL,'en',1,'$argon2id$v=19$m=65536,t=3,p=4$OnaKPeQfiL5G6x+Z8Zglhg$NEc5n7vEwVydh9Jk5FvusvvU7JGjURleg0ULNtJafdI','2026-11-25 15:36:37.648125',1);
INSERT INTO "users" VALUES(2,'Réns ''d''Or''','rens@example.com','rens@example.com','rep','crm:12','nl',1,'$argon2id$v=19$m=65536,t=3,p=4$OvpEAHddLTzRHWvd69W7FQ$cFRMr9mW0eGcaoOjWRBC2ZVFetIVsvtyFStQGofGlkM','2026-11-25 15:36:37.669521',2);
INSERT INTO "users" VALUES(3,'mila','mila@example.com','mila@example.com','manager',NULL,'en',1,NULL,'2026-11-25 15:36:41.147983',1);
CREATE INDEX ix_links_user_id ON links (user_id);
CREATE INDEX ix_sessions_user_id ON sessions (user_id);
CREATE INDEX ix_api_tokens_user_id ON api_tokens (user_id);
CREATE INDEX ix_attempts_email_hash ON attempts (email_hash);
CREATE INDEX ix_attempts_address ON attempts (address);
CREATE INDEX ix_audit_row ON audit (table_name, row_key);
CREATE INDEX ix_audit_user_id ON audit (user_id);
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN
        SELECT RAISE(ABORT, 'the audit log is append-only');
    END;
CREATE TRIGGER audit_is_not_replaced BEFORE INSERT ON audit
    WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
    BEGIN
        SELECT RAISE(ABORT, 'the audit log is append-only');
    END;
CREATE TRIGGER audit_is_not_rewritten BEFORE UPDATE ON audit
    WHEN NOT EXISTS (SELECT 1 FROM erasures WHERE is_open)
        OR OLD.number IS NOT NEW.number OR OLD.at IS NOT NEW.at OR OLD.user_id IS NOT NEW.user_id OR OLD.door IS NOT NEW.door
        OR OLD.action IS NOT NEW.action OR OLD.table_name IS NOT NEW.table_name OR OLD.row_key IS NOT NEW.row_key
    BEGIN
        SELECT RAISE(ABORT, 'the audit log is append-only');
    END;
CREATE INDEX ix_entries_row ON entries (table_name, row_key);
CREATE INDEX ix_entries_state ON entries (state);
CREATE INDEX ix_goals_subject_key ON goals (subject_key);
CREATE INDEX ix_goal_steps_goal_id ON goal_steps (goal_id);
CREATE INDEX ix_saved_views_user_id ON saved_views (user_id);
CREATE INDEX ix_reviews_subject_key ON reviews (subject_key);
CREATE INDEX ix_actions_subject_key ON actions (subject_key);
CREATE INDEX ix_actions_owner_id ON actions (owner_id);
CREATE INDEX ix_remarks_person_key ON remarks (person_key);
CREATE INDEX ix_contests_row ON contests (row_table, row_key);
CREATE INDEX ix_dismissals_user_id ON dismissals (user_id);
CREATE INDEX ix_annotations_on_day ON annotations (on_day);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('users',3);
INSERT INTO "sqlite_sequence" VALUES('audit',11);
INSERT INTO "sqlite_sequence" VALUES('links',3);
INSERT INTO "sqlite_sequence" VALUES('sessions',1);
INSERT INTO "sqlite_sequence" VALUES('api_tokens',1);
COMMIT;
