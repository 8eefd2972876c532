// One tooltip for all panes, filled with text only (never HTML), and always the current values.
import { element } from "./dom.js";

export class Tooltip {
  constructor(root) {
    this.root = root;
    this.box = root.appendChild(element("div", "lm-tip"));
    this.box.setAttribute("role", "tooltip");
    this.hide();
  }

  show(lines, clientX, clientY) {
    this.box.replaceChildren(
      ...lines.filter(([, text]) => text).map(([kind, text]) => {
        const line = element("p", `lm-tip-${kind}`);
        line.textContent = text;
        return line;
      })
    );
    this.box.hidden = false;
    this.move(clientX, clientY);
  }

  move(clientX, clientY) {
    const frame = this.root.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const x = clientX - frame.left;
    const y = clientY - frame.top;
    const left = x + 16 + width > frame.width ? x - 16 - width : x + 16;
    const top = y - 12 - height < 0 ? y + 18 : y - 12 - height;
    this.box.style.left = `${Math.max(4, Math.min(left, frame.width - width - 4))}px`;
    this.box.style.top = `${Math.max(0, top)}px`;
  }

  hide() {
    this.box.hidden = true;
  }
}
