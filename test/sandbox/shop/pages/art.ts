/** Drawings. Colours stand as attributes: the content security policy allows no style attributes. */
import { html } from "hono/html";
import type { Product } from "../catalogue.ts";
import type { Html } from "./layout.ts";

export const LOGO = html`<svg viewBox="0 0 32 32" width="34" height="34" aria-hidden="true">
  <circle cx="16" cy="16" r="16" fill="#e3a72f" />
  <path d="M16 26c-7.5-5.2-7.5-12.8 0-20 7.5 7.2 7.5 14.8 0 20z" fill="#123f32" />
  <path
    d="M16 9v16M16 15l-3-2.4M16 19l3.4-2.8"
    stroke="#e3a72f"
    stroke-width="1.2"
    fill="none"
    stroke-linecap="round"
  />
</svg>`;

const MOTIFS: Record<Exclude<Product["art"], "chest">, Html> = {
  leaf: html`<g fill="#f6e7c1"
    ><path d="M120 178c-15-11-15-27 0-42 15 15 15 31 0 42z" />
    <path d="M116 178c-19-1-28-13-26-32 19 2 28 14 26 32z" opacity=".75" />
    <path d="M124 178c19-1 28-13 26-32-19 2-28 14-26 32z" opacity=".75"
  /></g>`,
  sun: html`<g stroke="#fbe3c4" stroke-width="4" stroke-linecap="round" fill="none">
    <path d="M96 172a24 24 0 0 1 48 0z" fill="#fbe3c4" stroke="none" />
    <path d="M120 136v-8M97 145l-6-6M143 145l6-6M86 166h-8M154 166h8M84 180h72"
  /></g>`,
  spice: html`<g fill="#fff1d6"
    ><path
      d="M120 128l6.5 18 18-6.5-6.5 18 18 6.5-18 6.5 6.5 18-18-6.5-6.5 18-6.5-18-18 6.5 6.5-18-18-6.5 18-6.5-6.5-18 18 6.5z" />
    <circle cx="120" cy="164" r="7" fill="#a8401f"
  /></g>`,
};

const TINS: Record<
  Exclude<Product["art"], "chest">,
  { body: string; shade: string; lid: string }
> = {
  leaf: { body: "#2f6b4f", shade: "#24563f", lid: "#d9b25a" },
  sun: { body: "#b4562d", shade: "#994522", lid: "#5a2c1b" },
  spice: { body: "#d2622a", shade: "#b64f1d", lid: "#f0c15a" },
};

/** A tin on a table, or the chest. */
export function productArt(art: Product["art"]): Html {
  return html`<svg viewBox="0 0 240 240" aria-hidden="true" focusable="false">
    <ellipse cx="120" cy="217" rx="84" ry="9" fill="#000" opacity=".12" />
    ${art === "chest" ? chest() : tin(art)}
  </svg>`;
}

function tin(art: Exclude<Product["art"], "chest">): Html {
  const { body, shade, lid } = TINS[art];
  return html`<rect x="66" y="66" width="108" height="150" rx="10" fill="${body}" />
    <path d="M152 66h12a10 10 0 0 1 10 10v130a10 10 0 0 1-10 10h-12z" fill="${shade}" />
    <rect x="60" y="46" width="120" height="28" rx="8" fill="${lid}" />
    <rect x="60" y="66" width="120" height="8" fill="#000" opacity=".12" />
    <rect x="98" y="32" width="44" height="16" rx="8" fill="${lid}" />
    <path d="M66 104h108M66 204h108" stroke="#f6e7c1" stroke-width="1.5" opacity=".55" />
    ${MOTIFS[art]}`;
}

function chest(): Html {
  return html`<rect x="38" y="112" width="164" height="104" rx="8" fill="#7a4526" />
    <path d="M38 120c0-34 20-56 44-56h76c24 0 44 22 44 56z" fill="#8f5530" />
    <path d="M38 148h164M38 182h164" stroke="#5f331a" stroke-width="3" />
    <rect x="58" y="66" width="12" height="150" fill="#d9b25a" opacity=".9" />
    <rect x="170" y="66" width="12" height="150" fill="#d9b25a" opacity=".9" />
    <rect x="104" y="106" width="32" height="38" rx="5" fill="#d9b25a" />
    <circle cx="120" cy="121" r="5" fill="#5f331a" /><path d="M118 123h4l2 12h-8z" fill="#5f331a" />
    <path d="M38 118h164" stroke="#5f331a" stroke-width="4" />`;
}

/** The sign of an outcome. */
export const OUTCOME_ART = {
  success: html`<svg viewBox="0 0 96 96" width="96" height="96" aria-hidden="true">
    <circle cx="48" cy="48" r="46" fill="#2c7a55" />
    <path
      d="M28 49l14 14 27-29"
      stroke="#fff"
      stroke-width="7"
      fill="none"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  </svg>`,
  failure: html`<svg viewBox="0 0 96 96" width="96" height="96" aria-hidden="true">
    <circle cx="48" cy="48" r="46" fill="#b23a2a" />
    <path d="M33 33l30 30M63 33L33 63" stroke="#fff" stroke-width="7" stroke-linecap="round" />
  </svg>`,
  pending: html`<svg class="steep" viewBox="0 0 96 96" width="96" height="96" aria-hidden="true">
    <circle cx="48" cy="48" r="46" fill="#e3a72f" />
    <g stroke="#123f32" stroke-width="4" fill="none" stroke-linecap="round">
      <path class="steam" d="M38 36c-4-6 4-8 0-15M49 36c-4-6 4-8 0-15M60 36c-4-6 4-8 0-15" />
      <path
        d="M27 45h42v12a17 17 0 0 1-17 17h-8a17 17 0 0 1-17-17zM69 49h5a7 7 0 0 1 0 14h-6"
        fill="#fdf7ea"
      />
    </g>
  </svg>`,
} as const;
