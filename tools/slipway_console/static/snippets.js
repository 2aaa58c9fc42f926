// How to invoke an endpoint from elsewhere: text to copy.

import { get } from "./api.js";
import { el, refill } from "./dom.js";

/** Return the ways to invoke an endpoint, the first one open. */
export function snippets(name) {
  const place = el("div", {});
  get("/api/target").then((where) => refill(place, ...ways(name, where).map(snippet)), () => refill(place));
  return place;
}

function ways(name, { Region: region, EndpointUrl: url, IsLocal: isLocal, Stack: stack }) {
  const choice = isLocal ? ", local=True" : `, region="${region}"${stack === "slipway" ? "" : `, stack="${stack}"`}`;
  const client = isLocal ? `"sagemaker-runtime", region_name="${region}", endpoint_url="${url}"` : `"sagemaker-runtime", region_name="${region}"`;
  return [
    ["Python", `import slipway\n\nendpoint = slipway.endpoint("${name}"${choice})\nprint(endpoint.predict([[1, 2, 3]]))`],
    [
      "boto3",
      `import boto3\n\nruntime = boto3.client(${client})\nanswer = runtime.invoke_endpoint(\n    EndpointName="${name}", ContentType="application/json", Body="[[1, 2, 3]]"\n)\nprint(answer["Body"].read().decode())`,
    ],
    [
      "curl",
      // With the session's token where credentials are temporary.
      `curl --aws-sigv4 aws:amz:${region}:sagemaker --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\\n  -H "X-Amz-Security-Token: $AWS_SESSION_TOKEN" -H "Content-Type: application/json" \\\n  -d '[[1, 2, 3]]' ${isLocal ? url : `https://runtime.sagemaker.${region}.amazonaws.com`}/endpoints/${name}/invocations`,
    ],
    ["Command line", `slipway invoke ${name} rows.csv${isLocal ? " --local" : ` --region ${region}`}`],
    [
      "AWS CLI",
      `aws sagemaker-runtime invoke-endpoint --endpoint-name ${name} \\\n  --content-type application/json --cli-binary-format raw-in-base64-out \\\n  --body '[[1, 2, 3]]' --region ${region}${isLocal ? ` --endpoint-url ${url}` : ""} answer.json`,
    ],
  ];
}

function snippet([title, text], index) {
  const copy = el("button", { type: "button", class: "plain", click: () => navigator.clipboard.writeText(text).then(done) }, "Copy");
  return el("details", { open: index === 0 }, el("summary", {}, title), el("pre", { tabindex: "0" }, text), el("p", { class: "buttons" }, copy));

  function done() {
    copy.textContent = "Copied";
    setTimeout(() => (copy.textContent = "Copy"), 2000);
  }
}
