SELECT pg_catalog.set_config('search_path', '', false);
CREATE FUNCTION public.audit_is_append_only() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF EXISTS (SELECT 1 FROM erasures WHERE is_open)
                AND (OLD.number, OLD.at, OLD.user_id, OLD.door, OLD.action, OLD.table_name, OLD.row_key)
                    IS NOT DISTINCT FROM
                    (NEW.number, NEW.at, NEW.user_id, NEW.door, NEW.action, NEW.table_name, NEW.row_key)
            THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'the audit log is append-only';
    END
    $$;
CREATE TABLE public.actions (
    id integer NOT NULL,
    text text NOT NULL,
    made_by integer NOT NULL,
    owner_id integer,
    subject_key text NOT NULL,
    metric character varying(80),
    expected numeric(24,8),
    before numeric(24,8),
    due_on date NOT NULL,
    done_on date,
    status character varying(10) NOT NULL,
    finding text,
    review_id integer,
    created_at timestamp with time zone NOT NULL,
    version integer NOT NULL
);
CREATE SEQUENCE public.actions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.actions_id_seq OWNED BY public.actions.id;
CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.annotations (
    id integer NOT NULL,
    user_id integer,
    on_day date NOT NULL,
    text text NOT NULL,
    team_key text,
    created_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    version integer NOT NULL
);
CREATE SEQUENCE public.annotations_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.annotations_id_seq OWNED BY public.annotations.id;
CREATE TABLE public.api_tokens (
    id integer NOT NULL,
    user_id integer NOT NULL,
    name text NOT NULL,
    scopes json NOT NULL,
    token_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    expires_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.api_tokens_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.api_tokens_id_seq OWNED BY public.api_tokens.id;
CREATE TABLE public.attempts (
    id integer NOT NULL,
    email_hash character varying(64) NOT NULL,
    address text NOT NULL,
    attempted_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.attempts_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.attempts_id_seq OWNED BY public.attempts.id;
CREATE TABLE public.audit (
    number integer NOT NULL,
    at timestamp with time zone NOT NULL,
    user_id integer,
    door character varying(10) NOT NULL,
    address text NOT NULL,
    action character varying(40) NOT NULL,
    table_name character varying(40) NOT NULL,
    row_key text NOT NULL,
    before json,
    after json
);
CREATE SEQUENCE public.audit_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_number_seq OWNED BY public.audit.number;
CREATE TABLE public.contests (
    id integer NOT NULL,
    row_table character varying(40) NOT NULL,
    row_key text NOT NULL,
    metric character varying(80),
    made_by integer NOT NULL,
    text text NOT NULL,
    status character varying(10) NOT NULL,
    answered_by integer,
    answer text,
    created_at timestamp with time zone NOT NULL,
    answered_at timestamp with time zone,
    version integer NOT NULL
);
CREATE SEQUENCE public.contests_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.contests_id_seq OWNED BY public.contests.id;
CREATE TABLE public.dismissals (
    id integer NOT NULL,
    user_id integer,
    finding text NOT NULL,
    reason text NOT NULL,
    seen json NOT NULL,
    dismissed_at timestamp with time zone NOT NULL,
    version integer NOT NULL
);
CREATE SEQUENCE public.dismissals_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.dismissals_id_seq OWNED BY public.dismissals.id;
CREATE TABLE public.entries (
    id integer NOT NULL,
    user_id integer,
    entered_at timestamp with time zone NOT NULL,
    table_name character varying(40) NOT NULL,
    row_key text NOT NULL,
    seen json,
    given json NOT NULL,
    state character varying(10) NOT NULL,
    reason text,
    load_no integer
);
CREATE SEQUENCE public.entries_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.entries_id_seq OWNED BY public.entries.id;
CREATE TABLE public.erasures (
    id integer NOT NULL,
    subject text NOT NULL,
    erased_by integer,
    erased_at timestamp with time zone NOT NULL,
    is_open boolean NOT NULL
);
CREATE SEQUENCE public.erasures_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.erasures_id_seq OWNED BY public.erasures.id;
CREATE TABLE public.goal_steps (
    id integer NOT NULL,
    goal_id integer NOT NULL,
    user_id integer NOT NULL,
    made_at timestamp with time zone NOT NULL,
    kind character varying(10) NOT NULL,
    value numeric(24,8),
    text text NOT NULL
);
CREATE SEQUENCE public.goal_steps_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.goal_steps_id_seq OWNED BY public.goal_steps.id;
CREATE TABLE public.goals (
    id integer NOT NULL,
    objective text NOT NULL,
    metric character varying(80) NOT NULL,
    level character varying(10) NOT NULL,
    subject_key text NOT NULL,
    from_on date NOT NULL,
    to_on date NOT NULL,
    value numeric(24,8) NOT NULL,
    status character varying(10) NOT NULL,
    days_off integer NOT NULL,
    proposed_by integer NOT NULL,
    proposed_to integer NOT NULL,
    waits_for integer,
    parent_id integer,
    replaces_id integer,
    agreed_on date,
    created_at timestamp with time zone NOT NULL,
    version integer NOT NULL
);
CREATE SEQUENCE public.goals_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.goals_id_seq OWNED BY public.goals.id;
CREATE TABLE public.links (
    id integer NOT NULL,
    user_id integer NOT NULL,
    kind character varying(10) NOT NULL,
    token_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.links_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.links_id_seq OWNED BY public.links.id;
CREATE TABLE public.remarks (
    id integer NOT NULL,
    kind character varying(12) NOT NULL,
    person_key text NOT NULL,
    made_by integer NOT NULL,
    text text NOT NULL,
    evidence text,
    is_private boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    version integer NOT NULL
);
CREATE SEQUENCE public.remarks_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.remarks_id_seq OWNED BY public.remarks.id;
CREATE TABLE public.reviews (
    id integer NOT NULL,
    title text NOT NULL,
    level character varying(10) NOT NULL,
    subject_key text NOT NULL,
    planned_by integer NOT NULL,
    planned_on date NOT NULL,
    held_on date,
    agenda json NOT NULL,
    notes text NOT NULL,
    is_private boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    version integer NOT NULL
);
CREATE SEQUENCE public.reviews_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.reviews_id_seq OWNED BY public.reviews.id;
CREATE TABLE public.saved_views (
    id integer NOT NULL,
    user_id integer,
    name text NOT NULL,
    address text NOT NULL,
    is_shared boolean NOT NULL,
    is_pinned boolean NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.saved_views_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.saved_views_id_seq OWNED BY public.saved_views.id;
CREATE TABLE public.sessions (
    id integer NOT NULL,
    user_id integer NOT NULL,
    token_hash character varying(64) NOT NULL,
    address text NOT NULL,
    browser text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL
);
CREATE SEQUENCE public.sessions_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sessions_id_seq OWNED BY public.sessions.id;
CREATE TABLE public.users (
    id integer NOT NULL,
    name text NOT NULL,
    email text,
    email_key text,
    role character varying(20) NOT NULL,
    person_key text,
    language character varying(5) NOT NULL,
    is_active boolean NOT NULL,
    password_hash text,
    created_at timestamp with time zone NOT NULL,
    version integer NOT NULL
);
CREATE SEQUENCE public.users_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.users_id_seq OWNED BY public.users.id;
ALTER TABLE ONLY public.actions ALTER COLUMN id SET DEFAULT nextval('public.actions_id_seq'::regclass);
ALTER TABLE ONLY public.annotations ALTER COLUMN id SET DEFAULT nextval('public.annotations_id_seq'::regclass);
ALTER TABLE ONLY public.api_tokens ALTER COLUMN id SET DEFAULT nextval('public.api_tokens_id_seq'::regclass);
ALTER TABLE ONLY public.attempts ALTER COLUMN id SET DEFAULT nextval('public.attempts_id_seq'::regclass);
ALTER TABLE ONLY public.audit ALTER COLUMN number SET DEFAULT nextval('public.audit_number_seq'::regclass);
ALTER TABLE ONLY public.contests ALTER COLUMN id SET DEFAULT nextval('public.contests_id_seq'::regclass);
ALTER TABLE ONLY public.dismissals ALTER COLUMN id SET DEFAULT nextval('public.dismissals_id_seq'::regclass);
ALTER TABLE ONLY public.entries ALTER COLUMN id SET DEFAULT nextval('public.entries_id_seq'::regclass);
ALTER TABLE ONLY public.erasures ALTER COLUMN id SET DEFAULT nextval('public.erasures_id_seq'::regclass);
ALTER TABLE ONLY public.goal_steps ALTER COLUMN id SET DEFAULT nextval('public.goal_steps_id_seq'::regclass);
ALTER TABLE ONLY public.goals ALTER COLUMN id SET DEFAULT nextval('public.goals_id_seq'::regclass);
ALTER TABLE ONLY public.links ALTER COLUMN id SET DEFAULT nextval('public.links_id_seq'::regclass);
ALTER TABLE ONLY public.remarks ALTER COLUMN id SET DEFAULT nextval('public.remarks_id_seq'::regclass);
ALTER TABLE ONLY public.reviews ALTER COLUMN id SET DEFAULT nextval('public.reviews_id_seq'::regclass);
ALTER TABLE ONLY public.saved_views ALTER COLUMN id SET DEFAULT nextval('public.saved_views_id_seq'::regclass);
ALTER TABLE ONLY public.sessions ALTER COLUMN id SET DEFAULT nextval('public.sessions_id_seq'::regclass);
ALTER TABLE ONLY public.users ALTER COLUMN id SET DEFAULT nextval('public.users_id_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0005');
INSERT INTO public.api_tokens VALUES (1, 2, 'Sheets', '["read", "write"]', 'e4cc24e32c22411d4abd317994d20232875b61f96c074f22fa420c42f5802db6', '2026-11-25 15:36:48.958783+00', NULL, '2027-02-23 15:36:48.958783+00');
INSERT INTO public.attempts VALUES (2, '50a25bd332ebe15b2e86cccc9af2f59c5d98eebc82f0d126fd6c65b4f10ab5b0', '192.0.2.3', '2026-11-25 15:36:47.692032+00');
INSERT INTO public.audit VALUES (1, '2026-11-25 15:36:46.103935+00', NULL, 'cli', '', 'first_admin', 'users', '1', NULL, '{"name": "Ada", "email": "Ada@example.com", "role": "admin", "person_key": null, "language": "en", "is_active": true, "created_at": "2026-11-25T15:36:46.103935+00:00"}');
INSERT INTO public.audit VALUES (2, '2026-11-25 15:36:46.132531+00', 1, 'page', '192.0.2.1', 'invited', 'users', '2', NULL, '{"name": "rens", "email": "rens@example.com", "role": "rep", "person_key": "crm:12", "language": "nl", "is_active": true, "created_at": "2026-11-25T15:36:46.132531+00:00"}');
INSERT INTO public.audit VALUES (3, '2026-11-25 15:36:46.132531+00', 1, 'page', '192.0.2.1', 'invite_link_made', 'links', '1', NULL, '{"user_id": 2, "kind": "invite", "created_at": "2026-11-25T15:36:46.132531+00:00", "expires_at": "2026-12-02T15:36:46.132531+00:00"}');
INSERT INTO public.audit VALUES (4, '2026-11-25 15:36:46.992717+00', 2, 'page', '192.0.2.2', 'used', 'links', '1', '{"id": 1, "user_id": 2, "kind": "invite", "created_at": "2026-11-25T15:36:46.132531+00:00", "expires_at": "2026-12-02T15:36:46.132531+00:00"}', NULL);
INSERT INTO public.audit VALUES (5, '2026-11-25 15:36:46.992717+00', 2, 'page', '192.0.2.2', 'accepted', 'users', '2', '{"name": "rens"}', '{"name": "R\u00e9ns ''d''Or''"}');
INSERT INTO public.audit VALUES (6, '2026-11-25 15:36:47.670516+00', 2, 'page', '192.0.2.2', 'signed_in', 'sessions', '1', NULL, '{"user_id": 2, "address": "192.0.2.2", "browser": "Firefox", "created_at": "2026-11-25T15:36:47.670516+00:00", "expires_at": "2026-12-25T15:36:47.670516+00:00"}');
INSERT INTO public.audit VALUES (7, '2026-11-25 15:36:48.951797+00', NULL, 'page', '192.0.2.3', 'sign_in_failed', 'users', '2', NULL, NULL);
INSERT INTO public.audit VALUES (8, '2026-11-25 15:36:48.958783+00', 2, 'page', '', 'token_made', 'api_tokens', '1', NULL, '{"user_id": 2, "name": "Sheets", "scopes": ["read", "write"], "created_at": "2026-11-25T15:36:48.958783+00:00", "expires_at": "2027-02-23T15:36:48.958783+00:00"}');
INSERT INTO public.audit VALUES (9, '2026-11-25 15:36:48.981175+00', 1, 'page', '192.0.2.1', 'invited', 'users', '3', NULL, '{"name": "mila", "email": "mila@example.com", "role": "manager", "person_key": null, "language": "en", "is_active": true, "created_at": "2026-11-25T15:36:48.981175+00:00"}');
INSERT INTO public.audit VALUES (10, '2026-11-25 15:36:48.981175+00', 1, 'page', '192.0.2.1', 'invite_link_made', 'links', '2', NULL, '{"user_id": 3, "kind": "invite", "created_at": "2026-11-25T15:36:48.981175+00:00", "expires_at": "2026-12-02T15:36:48.981175+00:00"}');
INSERT INTO public.audit VALUES (11, '2026-11-25 15:36:48.997053+00', 1, 'page', '192.0.2.1', 'reset_link_made', 'links', '3', NULL, '{"user_id": 2, "kind": "reset", "created_at": "2026-11-25T15:36:48.997053+00:00", "expires_at": "2026-11-26T15:36:48.997053+00:00"}');
INSERT INTO public.links VALUES (2, 3, 'invite', 'ef1802e8913e7734474f839df6650e2e30dc85f20d5f7a29e2653b40ef62568a', '2026-11-25 15:36:48.981175+00', '2026-12-02 15:36:48.981175+00');
INSERT INTO public.links VALUES (3, 2, 'reset', 'fa379214e3ee44551ec80c0f75e2b848d13f5e1d31c264f4312815a8f3d658b7', '2026-11-25 15:36:48.997053+00', '2026-11-26 15:36:48.997053+00');
INSERT INTO public.sessions VALUES (1, 2, 'd01c2fb564a1a898c42f3c65d7eca2cd81b4988d4fb91f6fa79ea677ab75a015', '192.0.2.2', 'Firefox', '2026-11-25 15:36:47.670516+00', '2026-11-25 15:36:47.670516+00', '2026-12-25 15:36:47.670516+00');
INSERT INTO public.users VALUES (1, 'Ada', 'Ada@example.com', 'ada@example.com', 'admin', NULL, 'en', true, '$argon2id$v=19$m=65536,t=3,p=4$IAB/UtSdmW8OpF3/anbtQQ$qbYksBVvKdRpzlcWhYKJEjZK8lNS1dveCJRkKtAI95A', '2026-11-25 15:36:46.103935+00', 1);
INSERT INTO public.users VALUES (2, 'Réns ''d''Or''', 'rens@example.com', 'rens@example.com', 'rep', 'crm:12', 'nl', true, '$argon2id$v=19$m=65536,t=3,p=4$td+zDw4D904GyXGENiJcag$p/4lUuX9P/mYSpmZNTVwdD0lF4g3HyQNFODeJ5u+gjc', '2026-11-25 15:36:46.132531+00', 2);
INSERT INTO public.users VALUES (3, 'mila', 'mila@example.com', 'mila@example.com', 'manager', NULL, 'en', true, NULL, '2026-11-25 15:36:48.981175+00', 1);
SELECT pg_catalog.setval('public.actions_id_seq', 1, false);
SELECT pg_catalog.setval('public.annotations_id_seq', 1, false);
SELECT pg_catalog.setval('public.api_tokens_id_seq', 1, true);
SELECT pg_catalog.setval('public.attempts_id_seq', 2, true);
SELECT pg_catalog.setval('public.audit_number_seq', 11, true);
SELECT pg_catalog.setval('public.contests_id_seq', 1, false);
SELECT pg_catalog.setval('public.dismissals_id_seq', 1, false);
SELECT pg_catalog.setval('public.entries_id_seq', 1, false);
SELECT pg_catalog.setval('public.erasures_id_seq', 1, false);
SELECT pg_catalog.setval('public.goal_steps_id_seq', 1, false);
SELECT pg_catalog.setval('public.goals_id_seq', 1, false);
SELECT pg_catalog.setval('public.links_id_seq', 3, true);
SELECT pg_catalog.setval('public.remarks_id_seq', 1, false);
SELECT pg_catalog.setval('public.reviews_id_seq', 1, false);
SELECT pg_catalog.setval('public.saved_views_id_seq', 1, false);
SELECT pg_catalog.setval('public.sessions_id_seq', 1, true);
SELECT pg_catalog.setval('public.users_id_seq', 3, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.actions
    ADD CONSTRAINT pk_actions PRIMARY KEY (id);
ALTER TABLE ONLY public.annotations
    ADD CONSTRAINT pk_annotations PRIMARY KEY (id);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT pk_api_tokens PRIMARY KEY (id);
ALTER TABLE ONLY public.attempts
    ADD CONSTRAINT pk_attempts PRIMARY KEY (id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (number);
ALTER TABLE ONLY public.contests
    ADD CONSTRAINT pk_contests PRIMARY KEY (id);
ALTER TABLE ONLY public.dismissals
    ADD CONSTRAINT pk_dismissals PRIMARY KEY (id);
ALTER TABLE ONLY public.entries
    ADD CONSTRAINT pk_entries PRIMARY KEY (id);
ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT pk_erasures PRIMARY KEY (id);
ALTER TABLE ONLY public.goal_steps
    ADD CONSTRAINT pk_goal_steps PRIMARY KEY (id);
ALTER TABLE ONLY public.goals
    ADD CONSTRAINT pk_goals PRIMARY KEY (id);
ALTER TABLE ONLY public.links
    ADD CONSTRAINT pk_links PRIMARY KEY (id);
ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT pk_remarks PRIMARY KEY (id);
ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT pk_reviews PRIMARY KEY (id);
ALTER TABLE ONLY public.saved_views
    ADD CONSTRAINT pk_saved_views PRIMARY KEY (id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT pk_sessions PRIMARY KEY (id);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT pk_users PRIMARY KEY (id);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT uq_api_tokens_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.links
    ADD CONSTRAINT uq_links_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT uq_sessions_token_hash UNIQUE (token_hash);
ALTER TABLE ONLY public.users
    ADD CONSTRAINT uq_users_email_key UNIQUE (email_key);
CREATE INDEX ix_actions_owner_id ON public.actions USING btree (owner_id);
CREATE INDEX ix_actions_subject_key ON public.actions USING btree (subject_key);
CREATE INDEX ix_annotations_on_day ON public.annotations USING btree (on_day);
CREATE INDEX ix_api_tokens_user_id ON public.api_tokens USING btree (user_id);
CREATE INDEX ix_attempts_address ON public.attempts USING btree (address);
CREATE INDEX ix_attempts_email_hash ON public.attempts USING btree (email_hash);
CREATE INDEX ix_audit_row ON public.audit USING btree (table_name, row_key);
CREATE INDEX ix_audit_user_id ON public.audit USING btree (user_id);
CREATE INDEX ix_contests_row ON public.contests USING btree (row_table, row_key);
CREATE INDEX ix_dismissals_user_id ON public.dismissals USING btree (user_id);
CREATE INDEX ix_entries_row ON public.entries USING btree (table_name, row_key);
CREATE INDEX ix_entries_state ON public.entries USING btree (state);
CREATE INDEX ix_goal_steps_goal_id ON public.goal_steps USING btree (goal_id);
CREATE INDEX ix_goals_subject_key ON public.goals USING btree (subject_key);
CREATE INDEX ix_links_user_id ON public.links USING btree (user_id);
CREATE INDEX ix_remarks_person_key ON public.remarks USING btree (person_key);
CREATE INDEX ix_reviews_subject_key ON public.reviews USING btree (subject_key);
CREATE INDEX ix_saved_views_user_id ON public.saved_views USING btree (user_id);
CREATE INDEX ix_sessions_user_id ON public.sessions USING btree (user_id);
CREATE TRIGGER audit_is_not_rewritten BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.audit_is_append_only();
CREATE TRIGGER audit_stays BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.audit_is_append_only();
ALTER TABLE ONLY public.actions
    ADD CONSTRAINT fk_actions_made_by FOREIGN KEY (made_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.actions
    ADD CONSTRAINT fk_actions_owner_id FOREIGN KEY (owner_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.actions
    ADD CONSTRAINT fk_actions_review_id FOREIGN KEY (review_id) REFERENCES public.reviews(id);
ALTER TABLE ONLY public.annotations
    ADD CONSTRAINT fk_annotations_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.api_tokens
    ADD CONSTRAINT fk_api_tokens_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.audit
    ADD CONSTRAINT fk_audit_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.contests
    ADD CONSTRAINT fk_contests_answered_by FOREIGN KEY (answered_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.contests
    ADD CONSTRAINT fk_contests_made_by FOREIGN KEY (made_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.dismissals
    ADD CONSTRAINT fk_dismissals_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.entries
    ADD CONSTRAINT fk_entries_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT fk_erasures_erased_by FOREIGN KEY (erased_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.goal_steps
    ADD CONSTRAINT fk_goal_steps_goal_id FOREIGN KEY (goal_id) REFERENCES public.goals(id);
ALTER TABLE ONLY public.goal_steps
    ADD CONSTRAINT fk_goal_steps_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.goals
    ADD CONSTRAINT fk_goals_parent_id FOREIGN KEY (parent_id) REFERENCES public.goals(id);
ALTER TABLE ONLY public.goals
    ADD CONSTRAINT fk_goals_proposed_by FOREIGN KEY (proposed_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.goals
    ADD CONSTRAINT fk_goals_proposed_to FOREIGN KEY (proposed_to) REFERENCES public.users(id);
ALTER TABLE ONLY public.goals
    ADD CONSTRAINT fk_goals_replaces_id FOREIGN KEY (replaces_id) REFERENCES public.goals(id);
ALTER TABLE ONLY public.goals
    ADD CONSTRAINT fk_goals_waits_for FOREIGN KEY (waits_for) REFERENCES public.users(id);
ALTER TABLE ONLY public.links
    ADD CONSTRAINT fk_links_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.remarks
    ADD CONSTRAINT fk_remarks_made_by FOREIGN KEY (made_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.reviews
    ADD CONSTRAINT fk_reviews_planned_by FOREIGN KEY (planned_by) REFERENCES public.users(id);
ALTER TABLE ONLY public.saved_views
    ADD CONSTRAINT fk_saved_views_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT fk_sessions_user_id FOREIGN KEY (user_id) REFERENCES public.users(id);
