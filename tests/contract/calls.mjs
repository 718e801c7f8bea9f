// Calls of the running ingress through Prism, and what it found: a call must have the status that
// stands beside it, its answer must be as described, and so must its request unless it is wrong on
// purpose. Ends with the operations that no call reached.
import crypto from "node:crypto";
import fs from "node:fs";

const [openapi, publicUrl, adminUrl, token, siteUrl, account, webhookSecretFile] =
  process.argv.slice(2);
const document = JSON.parse(fs.readFileSync(openapi, "utf8"));
const admin = { authorization: `Bearer ${token}` };
const called = new Set();
let calls = 0;
let failures = 0;

/// The description's path and operation that a call is of.
function operationOf(method, path) {
  const parts = path.split("?")[0].split("/");
  const fits = (pattern) => {
    const wanted = pattern.split("/");
    return wanted.length === parts.length &&
      wanted.every((part, i) => part.startsWith("{") || part === parts[i]);
  };
  const found = Object.keys(document.paths).filter(fits)
    .sort((a, b) => a.split("{").length - b.split("{").length)[0];
  return found && document.paths[found][method.toLowerCase()] && `${method} ${found}`;
}

async function call(base, method, path, expected, { body, headers = {}, isWrong = false } = {}) {
  ++calls;
  called.add(operationOf(method, path));
  const answer = await fetch(base + path, {
    method,
    redirect: "manual",
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const violations = JSON.parse(answer.headers.get("sl-violations") ?? "[]")
    .filter(({ location }) => !isWrong || location[0] !== "request");
  if (answer.status !== expected || violations.length > 0) {
    ++failures;
    console.log(`${method} ${path}: ${answer.status}, expected ${expected}`);
    for (const { location, message } of violations) console.log(`  ${location.join(".")} ${message}`);
    console.log(`  ${text.slice(0, 400)}`);
  }
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

const ask = (method, path, expected, options = {}) =>
  call(adminUrl, method, path, expected, { headers: { ...admin, ...options.headers }, ...options });
const wrong = (method, path, expected, options = {}) =>
  ask(method, path, expected, { ...options, isWrong: true });

/// Asks until `isDone`, for what a worker does meanwhile.
async function eventually(askOnce, isDone) {
  for (let i = 0; i < 150; ++i) {
    const answer = await askOnce();
    if (isDone(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  ++failures;
  console.log(`not in time: ${askOnce}`);
  return undefined;
}

async function catalog() {
  const site = {
    jira_url: siteUrl, confluence_url: `${siteUrl}/wiki`, auth: "basic", secret_file: account,
    webhook_secret_file: webhookSecretFile,
  };
  const rule = {
    site: "acme", events: ["issue_created"],
    page: { space: "DOC", title: "$#Key", body: "<p>$#{Summary}</p>" },
  };
  const snapshot = {
    site: "acme", page: "65600", levels: [{ jql: "project = DEMO", columns: ["key"] }],
  };
  for (const [kind, document] of [["sites", site], ["rules", rule], ["snapshots", snapshot]]) {
    const path = `/admin/v1/${kind}/acme`;
    const { revision } = await ask("PUT", path, 201, { body: document });
    const changed = {
      body: { ...document, enabled: true }, headers: { ...admin, "if-match": `"${revision}"` },
    };
    await ask("PUT", path, 200, changed);
    await ask("PUT", path, 409, { ...changed, body: document });
    await ask("GET", path, 200);
    await ask("GET", `/admin/v1/${kind}/none`, 404);
    await wrong("PUT", path, 422, { body: { site: 7 } });
    await ask("PUT", `/admin/v1/${kind}/other`, 201, { body: document });
    const page = await ask("GET", `/admin/v1/${kind}?limit=1`, 200);
    await ask("GET", `/admin/v1/${kind}?limit=1&cursor=${page.next}`, 200);
    await wrong("GET", `/admin/v1/${kind}?limit=0`, 400);
    await ask("DELETE", `/admin/v1/${kind}/other`, 204);
  }
  await ask("DELETE", "/admin/v1/sites/acme", 409);
  await wrong("GET", "/admin/v1/rules", 403, { headers: {} });
}

async function keys() {
  const body = (scope, subject) => ({ body: { scope, subject, name: "contract" } });
  const rule = await ask("POST", "/admin/v1/keys", 201, body("rule", "acme"));
  const snapshot = await ask("POST", "/admin/v1/keys", 201, body("snapshot", "acme"));
  const site = await ask("POST", "/admin/v1/keys", 201, body("site", "acme"));
  await wrong("POST", "/admin/v1/keys", 422, { body: { scope: "page" } });
  await ask("GET", "/admin/v1/keys?limit=2", 200);
  await ask("GET", `/admin/v1/keys/${site.id}`, 200);
  await ask("POST", `/admin/v1/keys/${site.id}/prolong`, 200, { body: { days: 5 } });
  await ask("POST", `/admin/v1/keys/${rule.id}/prolong`, 409);
  const renewed = await ask("POST", `/admin/v1/keys/${rule.id}/regenerate`, 200);
  await ask("DELETE", `/admin/v1/keys/${snapshot.id}`, 204);
  await ask("GET", `/admin/v1/keys/${snapshot.id}`, 404);
  const other = await ask("POST", "/admin/v1/keys", 201, body("snapshot", "acme"));
  return { rule: renewed.key, snapshot: other.key, site: site.key };
}

async function triggers(key) {
  const rule = { headers: { "x-autopage-api-key": key.rule } };
  const trigger = (issue) => `/v1/trigger?method=triggerRule&ruleId=acme&issueId=${issue}`;
  for (const method of ["GET", "PUT"]) await call(publicUrl, method, trigger("DEMO-1"), 202, rule);
  const { jobId } = await call(publicUrl, "POST", trigger("DEMO-99999"), 202, rule);
  await call(publicUrl, "POST", trigger("nonsense!"), 400, { ...rule, isWrong: true });
  await call(publicUrl, "POST", trigger("DEMO-1"), 403, { headers: { "x-autopage-api-key": "no" } });
  const take = (secret) => ({ headers: { "jira-snapshots-api-key": secret } });
  await call(publicUrl, "POST", "/v1/snapshots/acme", 202, take(key.snapshot));
  await call(publicUrl, "POST", "/take-snapshot/65600", 202, take(key.site));
  await call(publicUrl, "POST", "/take-snapshot/65600", 403, take(key.snapshot));
  await call(publicUrl, "GET", `/v1/jobs/${jobId}`, 200, rule);
  await call(publicUrl, "GET", `/v1/jobs/${jobId}`, 200, rule);
  await ask("GET", `/admin/v1/jobs/${"0".repeat(32)}`, 200);
  await wrong("GET", "/admin/v1/jobs/x", 400);
  return jobId;
}

async function events() {
  const body = {
    webhookEvent: "jira:issue_created",
    issue: { id: "10001", key: "DEMO-1", fields: { project: { key: "DEMO" } } },
  };
  const send = (event, expected, secret) => {
    const signature = crypto.createHmac("sha256", secret).update(JSON.stringify(event)).digest("hex");
    return call(publicUrl, "POST", "/v1/events/jira/acme", expected, {
      body: event, headers: { "x-hub-signature": `sha256=${signature}` },
    });
  };
  const secret = fs.readFileSync(webhookSecretFile, "utf8").trim();
  await send(body, 202, secret);
  await send({ ...body, webhookEvent: "jira:issue_deleted" }, 204, secret);
  await send(body, 403, "another secret");
}

async function schedules() {
  const path = "/admin/v1/schedules/nightly";
  const body = { site: "acme", cron: "@weekly", refresh: { page: "65600" } };
  await ask("PUT", path, 201, { body });
  await wrong("PUT", path, 422, { body: { site: "acme" } });
  await ask("GET", "/admin/v1/schedules", 200);
  await ask("GET", path, 200);
  await ask("GET", `${path}/next?count=2`, 200);
  await ask("DELETE", path, 204);
  await ask("GET", `${path}/next`, 404);
}

async function batches(secret) {
  const headers = { "jira-snapshots-api-key": secret };
  const own = await call(publicUrl, "POST", "/v1/batches", 202, { headers, body: { page: "65600" } });
  await call(publicUrl, "POST", "/v1/batches", 422, { headers, body: { page: "x" } });
  await call(publicUrl, "GET", `/v1/batches/${own.jobId}?wait=20s`, 200, { headers });
  await call(publicUrl, "DELETE", `/v1/batches/${own.jobId}`, 200, { headers });
  const body = { site: "acme", page: "65600" };
  const key = { headers: { ...admin, "idempotency-key": "contract" } };
  const { jobId } = await ask("POST", "/admin/v1/batches", 202, { body, ...key });
  await ask("POST", "/admin/v1/batches", 422, { body: { ...body, page: "65601" }, ...key });
  await wrong("POST", "/admin/v1/batches", 422, { body: { site: "none" } });
  const path = `/admin/v1/batches/${jobId}`;
  await ask("GET", `${path}?wait=20s`, 200);
  await ask("DELETE", path, 200);
  await ask("DELETE", `/admin/v1/batches/${"0".repeat(32)}`, 404);
  await wrong("GET", `${path}?wait=2h`, 400);
}

async function deadLetters(jobId) {
  const list = `/admin/v1/dead-letters?job=${jobId}&since=1h`;
  const page = await eventually(
    () => ask("GET", list, 200), (answer) => answer.dead_letters?.length > 0);
  const id = page?.dead_letters[0].id;
  await ask("GET", `/admin/v1/dead-letters/${id}`, 200);
  await ask("GET", "/admin/v1/dead-letters/0-99999", 404);
  await wrong("GET", "/admin/v1/dead-letters?since=soon", 400);
  const redrive = "/admin/v1/dead-letters/redrive";
  await ask("POST", redrive, 200, { body: { filter: { job: jobId }, dry_run: true } });
  await ask("POST", redrive, 200, { body: { ids: [id] } });
  await wrong("POST", redrive, 422, { body: { filter: { issues: "A-1" } } });
  await ask("GET", `${list}&state=redriven&limit=1`, 200);
  await eventually(
    () => ask("GET", `/admin/v1/audit?job=${jobId}`, 200), (answer) => answer.events?.length >= 2);
  const first = await ask("GET", "/admin/v1/audit?limit=2&since=1d", 200);
  await ask("GET", `/admin/v1/audit?limit=2&cursor=${first.next}`, 200);
}

for (const path of ["/healthz", "/readyz", "/metrics", "/openapi.json"]) {
  await call(adminUrl, "GET", path, 200);
}
// The embedded broker cannot create topics.
await wrong("POST", "/admin/v1/topics", 422, { body: { partitions: 0 } });
await catalog();
await ask("GET", "/admin/v1/doctor", 200);
await schedules();
const key = await keys();
const jobId = await triggers(key);
await events();
await batches(key.site);
await deadLetters(jobId);

const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`));
const missed = operations.filter((operation) => !called.has(operation));
console.log(`contract: ${calls} calls, ${failures} failed; ${operations.length - missed.length} of ` +
  `${operations.length} operations called`);
for (const operation of missed) console.log(`  not called: ${operation}`);
process.exit(failures > 0 ? 1 : 0);
