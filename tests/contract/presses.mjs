// Presses that make the worker send the requests that its clients know, through Prism with
// Atlassian's descriptions. Fails where one is not as described, or was not sent at all, but for the
// rare ones, which only others' changes in the midst of a press bring about.
import { startSiteProxy } from "./site_proxy.mjs";

const [adminUrl, token, workerUrl, kind, fakeUrl, secretFile, confluence, labels, jira] =
  process.argv.slice(2);

/// What the requests to a kind of site are: the description that each belongs to (`strip`: what its
/// paths leave out), those that every run sends, and the rare ones.
const kJiraCloud = [
  "GET /rest/api/3/issue/{id}?expand&fields&properties",
  "GET /rest/api/3/mypermissions?permissions",
  "GET /rest/api/3/myself",
  "POST /rest/api/3/search/jql",
  "PUT /rest/api/3/issue/{id}/properties/pagepress.KIND",
];
const kKinds = {
  "cloud-v2": {
    site: { auth: "basic", confluence_api: "v2" },
    context: "/wiki",
    creates: "/wiki/api/v2/pages",
    prisms: [
      { prefix: "/wiki/api/v2/", target: confluence },
      { prefix: "/wiki/rest/api/", target: labels },
      { prefix: "/rest/api/3/", target: jira },
    ],
    always: [
      ...kJiraCloud,
      "DELETE /wiki/api/v2/pages/{id}",
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
      "POST /wiki/api/v2/pages",
      "POST /wiki/api/v2/pages/{id}/properties",
      "POST /wiki/rest/api/content/{id}/label",
      "PUT /wiki/api/v2/pages/{id}",
    ],
    rare: [
      "GET /wiki/api/v2/pages/{id}?body-format&version",
      "PUT /wiki/api/v2/pages/{id}/properties/{id}",
    ],
  },
  "cloud-v1": {
    site: { auth: "basic", confluence_api: "v1" },
    context: "/wiki",
    creates: "/wiki/rest/api/content",
    prisms: [
      { prefix: "/wiki/rest/api/", target: confluence },
      { prefix: "/rest/api/3/", target: jira },
    ],
    always: [
      ...kJiraCloud,
      "DELETE /wiki/rest/api/content/{id}",
      "GET /wiki/rest/api/content/{id}/property?expand&limit",
      "GET /wiki/rest/api/content/{id}/version?limit",
      "GET /wiki/rest/api/content/{id}?expand",
      "GET /wiki/rest/api/content/{id}?expand&status",
      "GET /wiki/rest/api/content?expand&limit&orderby&spaceKey&status&type",
      "GET /wiki/rest/api/content?expand&spaceKey&status&title&type",
      "GET /wiki/rest/api/space/DOC?expand",
      "GET /wiki/rest/api/user/current",
      "POST /wiki/rest/api/content/{id}/label",
      "POST /wiki/rest/api/content?expand",
      "PUT /wiki/rest/api/content/{id}",
      "PUT /wiki/rest/api/content/{id}/property/pagepress",
    ],
    rare: ["GET /wiki/rest/api/content/{id}?expand&status&version"],
    // The description allows this parameter, a list, the values of single statuses.
    undescribed: [{ operation: "GET /wiki/rest/api/content", location: "request.query.status" }],
  },
  datacenter: {
    // Jira's description knows no tokens.
    site: { auth: "basic", flavour: "datacenter" },
    context: "/confluence",
    creates: "/confluence/rest/api/content",
    prisms: [
      { prefix: "/confluence/rest/api/", target: confluence, strip: "/confluence" },
      { prefix: "/rest/api/2/", target: jira, strip: "/rest" },
      // Served by every version, and described by none.
      { prefix: "/confluence/rest/experimental/", target: fakeUrl },
    ],
    always: [
      "GET /rest/api/2/issue/{id}?expand&fields&properties",
      "GET /rest/api/2/mypermissions?permissions",
      "GET /rest/api/2/myself",
      "POST /rest/api/2/search",
      "PUT /rest/api/2/issue/{id}/properties/pagepress.KIND",
      "DELETE /confluence/rest/api/content/{id}",
      "GET /confluence/rest/api/content/scan?expand&limit&spaceKey&status",
      "GET /confluence/rest/api/content/{id}/property?expand&limit",
      "GET /confluence/rest/api/content/{id}?expand",
      "GET /confluence/rest/api/content/{id}?expand&status",
      "GET /confluence/rest/api/content?expand&ids&limit&status",
      "GET /confluence/rest/api/content?expand&spaceKey&status&title&type",
      "GET /confluence/rest/api/space/DOC?expand",
      "GET /confluence/rest/api/user/current",
      "GET /confluence/rest/experimental/content/{id}/version?limit",
      "POST /confluence/rest/api/content/{id}/label",
      "POST /confluence/rest/api/content?expand",
      "PUT /confluence/rest/api/content/{id}",
      "PUT /confluence/rest/api/content/{id}/property/pagepress",
    ],
    rare: ["GET /confluence/rest/api/content/{id}?expand&status&version"],
    // The description's text takes a list of labels as well, its schema one label only.
    undescribed: [{ operation: "POST /confluence/rest/api/content/{id}/label", location: "request.body" }],
  },
};

const { site: siteMembers, context, creates, prisms, always, rare, undescribed = [] } = kKinds[kind];
const kRequests = always.map((request) => request.replace("KIND", kind));
const site = await startSiteProxy(prisms);

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
  const { jobId } = await admin("POST", "batches", { site: kind, ...selection });
  let batch;
  let asked = 0;
  do {
    batch = await admin("GET", `batches/${jobId}?wait=20s`);
  } while (["queued", "running"].includes(batch.status) && ++asked < 15);
  if (batch.total < 1 || (batch.counts[expected] ?? 0) !== batch.total) {
    throw new Error(`${JSON.stringify(selection)}: not ${expected}: ${JSON.stringify(batch)}`);
  }
}

const issue = (key) => ({ rule: kind, issues: [key] });

async function pageOf(key) {
  const { pages } = await control("GET", "pages");
  return pages.find(({ title }) => title.startsWith(`Contract ${key} `)).id;
}

async function writeCatalog(weekly, parent) {
  await admin("PUT", `sites/${kind}`, {
    jira_url: site.url, confluence_url: site.url + context, secret_file: secretFile, ...siteMembers,
  });
  const page = {
    space: "DOC", title: "Contract $#Key $#{Summary}", body: "<p>$#{Status}</p>",
    labels: ["Contract", "$#{Status}"], ...(parent === undefined ? {} : { parent }),
  };
  await admin("PUT", `rules/${kind}`, { site: kind, page });
  await admin("PUT", `snapshots/${kind}`, {
    site: kind, page: weekly,
    levels: [{ jql: "project = DEMO ORDER BY key", columns: ["key", "summary", "status"] }],
  });
}

async function pressRules() {
  await press(issue("DEMO-5"));
  await control("POST", "issues/DEMO-5", { summary: "Changed" });
  await press(issue("DEMO-5"));
  await press({ rule: kind, jql: "project = DEMO AND key in (DEMO-5, DEMO-6)" });
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
    kind: "delay_effect", delay_ms: 10_000, method: "POST", path: creates,
    path_suffix: creates.split("/").pop(),
  });
  await press(issue("DEMO-7"));
}

async function pressWithLostCredentials() {
  // API v2 says so only when it is asked who we are.
  const count = kind === "cloud-v2" ? 4 : 1;
  await control("POST", "faults", { kind: "lost_credentials", count });
  await press(issue("DEMO-5"));
}

const { weeklyReportPageId: weekly } = await control("GET", "state");
await writeCatalog(weekly);
await pressRules();
await pressUnderParent(weekly);
await pressBesidePeople();
await pressWithLateCreate();
await press({ snapshots: [kind] });
await press({ space: "DOC" });
await call(`${workerUrl}/doctor`);
await pressWithLostCredentials();
site.close();

const missing = kRequests.filter((request) => !site.operations.has(request));
const others = [...site.operations.keys()].filter(
  (request) => ![...kRequests, ...rare].includes(request));
const requests = [...site.operations.values()].reduce((sum, count) => sum + count, 0);
const isKnown = (violation) => undescribed.some(({ operation, location }) =>
  violation.operation.startsWith(operation) && violation.location.startsWith(location));
const wrong = site.violations.filter(
  (violation) => violation.location.startsWith("request") && !isKnown(violation));
console.log(`contract: ${kind}: ${requests} requests of ${site.operations.size} kinds to the site, ` +
  `${wrong.length} not as Atlassian describes them`);
for (const { operation, location, message } of wrong) {
  console.log(`  ${operation}: ${location} ${message}`);
}
for (const request of missing) console.log(`  not sent: ${request}`);
for (const request of others) console.log(`  not in the list of this test: ${request}`);
process.exit(wrong.length + missing.length + others.length > 0 ? 1 : 0);
