// The page: listens to the public stream, and asks its own server for everything else. It never sees the API key.
const SHOWN = ["virtual_pnl", "gross_pnl", "fees", "gas", "vol_state", "latency_ms", "open_orders", "kill_switch_active"];
const LATENCY_MAX_MS = 300;
const BACK_OFF_MAX_MS = 30_000;
const element = (id) => document.getElementById(id);

let attempts = 0;

function show(frame) {
  document.body.classList.toggle("panic", frame.vol_state === "HIGH_VOL");
  const slow = frame.latency_ms !== null && frame.latency_ms > LATENCY_MAX_MS;
  element("notice").textContent = slow ? `Slow: ${frame.latency_ms} ms` : `Frame ${frame.seq} at ${frame.timestamp}`;
  element("figures").replaceChildren(
    ...SHOWN.flatMap((name) => {
      const [term, value] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      value.textContent = String(frame[name]);
      return [term, value];
    }),
  );
}

async function listen() {
  const { stream } = await (await fetch("/config.json")).json();
  const socket = new WebSocket(stream);
  socket.onopen = () => (attempts = 0);
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "telemetry") show(message);
  };
  socket.onclose = () => {
    element("notice").textContent = "Not connected; trying again.";
    const most = Math.min(BACK_OFF_MAX_MS, 1_000 * 2 ** attempts++);
    setTimeout(listen, 1_000 + Math.random() * most);
  };
}

async function ask(method, path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(path, { method, headers, body: JSON.stringify(body) });
  element("answer").textContent = `${answer.status} ${JSON.stringify(await answer.json(), null, 2)}`;
}

element("sign-in").onsubmit = (event) => {
  event.preventDefault();
  ask("POST", "/api/session", { password: element("password").value });
};
element("tune").onsubmit = (event) => {
  event.preventDefault();
  ask("PATCH", "/api/control/parameters", { spread_bps: Number(element("spread").value) });
};
element("stop").onclick = () =>
  ask("POST", "/api/control/emergency-stop", { flatten: element("flatten").checked, reason: "dashboard" });

listen();
