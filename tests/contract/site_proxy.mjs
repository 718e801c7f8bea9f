// What the worker takes for its site: passes each request on to the Prism of the description that it
// belongs to, and keeps what Prism says of it.
import http from "node:http";

/// Starts to listen on a free port of 127.0.0.1.
///
/// `prisms`: path prefix, address, and what the address leaves out of the paths. The answer of the promise has the `url` for the
/// worker, the `operations` seen (method and path, with ids as `{id}`) with their counts, and the
/// `violations`, of requests and of answers. Those of answers are for reading: Atlassian's own
/// servers send null where its descriptions do not allow it, and so does the fake.
export async function startSiteProxy(prisms) {
  const seen = { operations: new Map(), violations: [] };
  const server = http.createServer((request, response) => pass(request, response, prisms, seen));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { ...seen, url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}

function operationOf({ method, url }) {
  const [path, query = ""] = url.split("?");
  const names = [...new URLSearchParams(query).keys()].filter(
    (name, i, all) => name !== "cursor" && (name !== "ids" || all.indexOf(name) === i));
  const pattern = path.split("/").map((part) => (/^\d{4,}$|^[A-Z]+-\d+$/.test(part) ? "{id}" : part));
  return `${method} ${pattern.join("/")}${names.length > 0 ? `?${names.sort().join("&")}` : ""}`;
}

function pass(request, response, prisms, seen) {
  const operation = operationOf(request);
  seen.operations.set(operation, (seen.operations.get(operation) ?? 0) + 1);
  const prism = prisms.find(({ prefix }) => request.url.startsWith(prefix));
  if (prism === undefined) {
    seen.violations.push({ operation, location: "request.path", message: "is no known product's" });
    response.writeHead(404).end();
    return;
  }
  const onward = http.request(
    prism.target + request.url.slice((prism.strip ?? "").length), { method: request.method, headers: request.headers },
    (answer) => {
      for (const { location, message } of JSON.parse(answer.headers["sl-violations"] ?? "[]")) {
        seen.violations.push({ operation, location: location.join("."), message });
      }
      delete answer.headers["sl-violations"];
      response.writeHead(answer.statusCode, answer.headers);
      answer.on("error", () => response.destroy());
      answer.pipe(response);
    });
  // The fake site drops connections where a test asks it to.
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}
