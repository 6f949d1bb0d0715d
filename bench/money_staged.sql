-- What every operation wrote, by its number, to be written again by a function.
CREATE TABLE staged_operation AS
SELECT row_number() OVER (ORDER BY idempotency.key, event.chain) AS n, event.id AS event, entry.id AS entry, event.chain,
       entry.no AS length, entry.hash AS head, event.version,
       row_number() OVER (PARTITION BY event.chain ORDER BY idempotency.key) AS turn
FROM idempotency JOIN event ON event.id = event_id JOIN entry ON transition_id = event.id
WHERE idempotency.key LIKE 'operation-%';
CREATE TABLE staged_idempotency AS SELECT n, one FROM staged_operation JOIN idempotency one ON event_id = event;
CREATE TABLE staged_event AS SELECT n, one FROM staged_operation JOIN event one ON one.id = event;
CREATE TABLE staged_entry AS SELECT n, one FROM staged_operation JOIN entry one ON one.id = entry;
CREATE TABLE staged_line AS SELECT n, one FROM staged_operation JOIN line one ON entry_id = entry;
CREATE TABLE staged_job AS SELECT n, one FROM staged_operation JOIN job one ON event_id = event;
CREATE TABLE staged_earning AS
SELECT n, ranked.one FROM staged_operation
JOIN (SELECT earning AS one, contract, row_number() OVER (PARTITION BY contract ORDER BY id) AS turn FROM earning) ranked
ON ranked.contract = chain AND ranked.turn = staged_operation.turn;
CREATE TABLE staged_timer AS SELECT n, timer AS one FROM staged_earning JOIN timer ON subject = (staged_earning.one).id;
CREATE TABLE staged_contract AS SELECT n, version, standing, body FROM staged_operation JOIN
    (SELECT id, standing, body FROM contract) kept ON kept.id = chain;
CREATE TABLE staged_milestone AS SELECT n, one FROM staged_operation JOIN milestone one ON contract = chain;
CREATE TABLE staged_lot AS SELECT n, one FROM staged_operation JOIN milestone ON contract = chain JOIN lot one ON one.milestone = milestone.id;
CREATE TABLE staged_account AS SELECT DISTINCT n, account.* FROM staged_line JOIN account ON account.id = (one).account_id;
CREATE TABLE staged_balance AS
SELECT n, (one).account_id, sum(CASE (one).side WHEN 'debit' THEN (one).amount ELSE 0 END)::bigint AS debit,
       sum(CASE (one).side WHEN 'credit' THEN (one).amount ELSE 0 END)::bigint AS credit
FROM staged_line JOIN account ON account.id = (one).account_id WHERE bound = 'running' GROUP BY 1, 2;
