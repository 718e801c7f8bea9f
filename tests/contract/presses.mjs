// Presses that make the worker send the requests that its clients know, through Prism with
// Atlassian's descriptions. Fails where one is not as described, or was not sent at all, but for the
// two of `kRareRequests`, which only others' changes in the midst of a press bring about.
import { startSiteProxy } from "./site_proxy.mjs";

const [adminUrl, token, account, fakeUrl, workerUrl, v1, v2, jira] = process.argv.slice(2);
const site = await startSiteProxy([
  ["/wiki/api/v2/", v2], ["/wiki/rest/api/", v1], ["/rest/api/3/", jira],
]);

/// What every run sends.
const kRequests = [
  "DELETE /wiki/api/v2/pages/{id}",
  "GET /rest/api/3/issue/{id}?expand&fields&properties",
  "GET /rest/api/3/mypermissions?permissions",
  "GET /rest/api/3/myself",
  "GET /wiki/api/v2/pages/{id}/operations",
  "GET /wiki/api/v2/pages/{id}/properties?key",
  "GET /wiki/api/v2/pages/{id}/versions?limit&sort",
  "GET /wiki/api/v2/pages/{id}?body-format&include-labels&include-versions",
  "GET /wiki/api/v2/pages/{id}",
  "GET /wiki/api/v2/pages?body-format&limit&sort&space-id&status&status&status",
  "GET /wiki/api/v2/pages?body-format&space-id&status&status&title",
  "GET /wiki/api/v2/pages?id&limit&space-id",
  "GET /wiki/api/v2/spaces/{id}/operations",
  "GET /wiki/api/v2/spaces/{id}",
  "GET /wiki/api/v2/spaces?keys",
  "GET /wiki/rest/api/user/current",
  "POST /rest/api/3/search/jql",
  "POST /wiki/api/v2/pages",
  "POST /wiki/api/v2/pages/{id}/properties",
  "POST /wiki/rest/api/content/{id}/label",
  "PUT /rest/api/3/issue/{id}/properties/pagepress.contract",
  "PUT /wiki/api/v2/pages/{id}",
];

/// What others' changes in the midst of a press ask for.
const kRareRequests = [
  "GET /wiki/api/v2/pages/{id}?body-format&version",
  "PUT /wiki/api/v2/pages/{id}/properties/{id}",
];

async function call(url, method = "GET", body = undefined, headers = {}) {
  const answer = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { "content-type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${url}: ${answer.status} ${text.slice(0, 400)}`);
  return text === "" ? undefined : JSON.parse(text);
}

const admin = (method, path, body) =>
  call(`${adminUrl}/admin/v1/${path}`, method, body, { authorization: `Bearer ${token}` });
const control = (method, path, body) => call(`${fakeUrl}/_control/${path}`, method, body);

/// Presses what a batch selects; fails unless all of it ends as `expected`.
async function press(selection, expected = "done") {
  const { jobId } = await admin("POST", "batches", { site: "contract", ...selection });
  let batch;
  let asked = 0;
  do {
    batch = await admin("GET", `batches/${jobId}?wait=20s`);
  } while (["queued", "running"].includes(batch.status) && ++asked < 15);
  if (batch.total < 1 || (batch.counts[expected] ?? 0) !== batch.total) {
    throw new Error(`${JSON.stringify(selection)}: not ${expected}: ${JSON.stringify(batch)}`);
  }
}

const issue = (key) => ({ rule: "contract", issues: [key] });

async function pageOf(key) {
  const { pages } = await control("GET", "pages");
  return pages.find(({ title }) => title.startsWith(`Contract ${key} `)).id;
}

async function writeCatalog(weekly, parent) {
  await admin("PUT", "sites/contract", {
    jira_url: site.url, confluence_url: `${site.url}/wiki`, auth: "basic", secret_file: account,
  });
  const page = {
    space: "DOC", title: "Contract $#Key $#{Summary}", body: "<p>$#{Status}</p>",
    labels: ["Contract", "$#{Status}"], ...(parent === undefined ? {} : { parent }),
  };
  await admin("PUT", "rules/contract", { site: "contract", page });
  await admin("PUT", "snapshots/contract", {
    site: "contract", page: weekly,
    levels: [{ jql: "project = DEMO ORDER BY key", columns: ["key", "summary", "status"] }],
  });
}

async function pressRules() {
  await press(issue("DEMO-5"));
  await control("POST", "issues/DEMO-5", { summary: "Changed" });
  await press(issue("DEMO-5"));
  await press({ rule: "contract", jql: "project = DEMO AND key in (DEMO-5, DEMO-6)" });
  await control("POST", `pages/${await pageOf("DEMO-6")}/trash`);
  await control("POST", "issues/DEMO-6", { summary: "Back from the trash" });
  await press(issue("DEMO-6"));
}

/// The rule's first parent takes the page along from under the home page.
async function pressUnderParent(weekly) {
  await writeCatalog(weekly, weekly);
  await press(issue("DEMO-5"));
  const { parent } = await control("GET", `pages/${await pageOf("DEMO-5")}`);
  if (parent !== weekly) throw new Error(`the page is under ${parent}, not under ${weekly}`);
}

/// Its versions since the trigger are more than come with the page itself.
async function pressBesidePeople() {
  const page = await pageOf("DEMO-5");
  await control("POST", "issues/DEMO-5", { summary: "Changed again" });
  for (let i = 0; i < 60; ++i) {
    await control("POST", `pages/${page}/edit`, { append: `<p>${i}</p>` });
  }
  await press(issue("DEMO-5"));
}

/// A create that takes effect after the worker has given it up is looked for, and its page adopted.
async function pressWithLateCreate() {
  await control("POST", "faults", {
    kind: "delay_effect", delay_ms: 10_000, method: "POST", path: "/wiki/api/v2/pages",
    path_suffix: "/pages",
  });
  await press(issue("DEMO-7"));
}

async function pressWithLostCredentials() {
  await control("POST", "faults", { kind: "lost_credentials", count: 4 });
  await press(issue("DEMO-5"));
}

const { weeklyReportPageId: weekly } = await control("GET", "state");
await writeCatalog(weekly);
await pressRules();
await pressUnderParent(weekly);
await pressBesidePeople();
await pressWithLateCreate();
await press({ snapshots: ["contract"] });
await press({ space: "DOC" });
await call(`${workerUrl}/doctor`);
await pressWithLostCredentials();
site.close();

const missing = kRequests.filter((request) => !site.operations.has(request));
const others = [...site.operations.keys()].filter(
  (request) => ![...kRequests, ...kRareRequests].includes(request));
const requests = [...site.operations.values()].reduce((sum, count) => sum + count, 0);
const wrong = site.violations.filter(({ location }) => location.startsWith("request"));
console.log(`contract: ${requests} requests of ${site.operations.size} kinds to the site, ` +
  `${wrong.length} not as Atlassian describes them`);
for (const { operation, location, message } of wrong) {
  console.log(`  ${operation}: ${location} ${message}`);
}
for (const request of missing) console.log(`  not sent: ${request}`);
for (const request of others) console.log(`  not in the list of this test: ${request}`);
process.exit(wrong.length + missing.length + others.length > 0 ? 1 : 0);
