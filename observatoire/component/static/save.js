// A button that saves a text as a file of the reader's, without asking anything of the server.
export default function ({ data, parentElement }) {
  let button = parentElement.querySelector("button.save");
  if (!button) {
    button = parentElement.appendChild(document.createElement("button"));
    button.type = "button";
    button.className = "save";
  }
  button.textContent = data.label;
  button.onclick = () => {
    const url = URL.createObjectURL(new Blob([data.text], { type: "text/csv;charset=utf-8" }));
    const link = Object.assign(document.createElement("a"), { href: url, download: data.name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  };
}
