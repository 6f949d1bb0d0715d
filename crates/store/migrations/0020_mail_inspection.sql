-- Which version of which milestone a letter asks a client to review, so that it is known whether any letter about it was
-- taken before silence counts as approval.
ALTER TABLE mail ADD COLUMN inspection TEXT;
CREATE INDEX mail_inspection ON mail (inspection) WHERE inspection IS NOT NULL;
