/** The shop's look: bottle green, turmeric, paper. Sent inline under the page's nonce. */
export const STYLE = String.raw`
:root {
  --paper: #faf4e6; --card: #fffdf7; --ink: #22281f; --soft: #5d6455; --line: #e4dac2;
  --green: #123f32; --green-2: #1c5a47; --turmeric: #e3a72f; --brick: #a8401f;
  --ok: #20694a; --bad: #a33325; --wait: #8a5d00;
  --serif: "Iowan Old Style", "Palatino Linotype", Palatino, "Book Antiqua", Georgia, serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14190f; --card: #1d2419; --ink: #f1ead8; --soft: #b5b8a4; --line: #37402f;
    --green: #0c2a21; --green-2: #d9a53a; --ok: #7fd0a5; --bad: #f29a8c; --wait: #f0c66b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; background: var(--paper); color: var(--ink); font: 1rem/1.55 var(--sans); }
main { flex: 1; width: 100%; }
h1, h2 { font-family: var(--serif); font-weight: 600; line-height: 1.15; margin: 0; text-wrap: balance; }
p { margin: 0; text-wrap: pretty; }
a { color: inherit; }
code { font-size: .86em; overflow-wrap: anywhere; }
small { font-size: .84rem; color: var(--soft); }
.wrap { width: 100%; max-width: 72rem; margin-inline: auto; padding-inline: clamp(1rem, 4vw, 2rem); }
.narrow { max-width: 42rem; padding-block: 2.5rem 3.5rem; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.skip { position: absolute; left: -99rem; background: var(--turmeric); color: #22281f; padding: .5rem 1rem; z-index: 2; }
.skip:focus { left: 1rem; top: .5rem; }
:focus-visible { outline: 3px solid var(--turmeric); outline-offset: 2px; border-radius: 4px; }

.top { background: var(--green); color: #fdf7ea; }
.top .wrap { display: flex; align-items: center; justify-content: space-between; gap: 1rem; min-height: 4rem; }
.brand { display: flex; align-items: center; gap: .65rem; font: 600 1.3rem var(--serif); text-decoration: none; white-space: nowrap; }
.top nav { display: flex; gap: clamp(.9rem, 3vw, 1.8rem); font-size: .95rem; }
.top nav a { text-decoration: none; padding: .4rem 0; border-bottom: 2px solid transparent; white-space: nowrap; }
.top nav a:hover { border-color: var(--turmeric); }
.bottom { border-top: 1px solid var(--line); color: var(--soft); font-size: .88rem; }
.bottom .wrap { display: flex; flex-wrap: wrap; gap: .4rem 2rem; justify-content: space-between; padding-block: 1.4rem; }

.hero { background: var(--green); color: #fdf7ea; padding-block: clamp(1.6rem, 5vw, 3.4rem) clamp(4.5rem, 9vw, 6.5rem); }
.hero h1 { font-size: clamp(2rem, 5.5vw, 3.5rem); max-width: 17ch; }
.eyebrow { color: var(--turmeric); font-size: .8rem; letter-spacing: .14em; text-transform: uppercase; margin-bottom: .8rem; }
.lede { margin-top: 1rem; max-width: 46ch; font-size: 1.08rem; color: #dfe4d4; }

.basket { display: grid; gap: 1.5rem; align-items: start; margin-top: -3.4rem; padding-bottom: 3.5rem; }
.shelf { display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
@media (min-width: 60rem) { .basket { grid-template-columns: 1fr 20rem; } .summary { position: sticky; top: 1.25rem; } }
.card, .panel, .summary { background: var(--card); border: 1px solid var(--line); border-radius: 14px; box-shadow: 0 1px 2px rgb(0 0 0 / 5%), 0 10px 24px -18px rgb(0 0 0 / 35%); }
.card { overflow: hidden; display: flex; flex-direction: column; }
.art { display: grid; place-items: center; padding: 1rem; height: 13rem; }
.art svg { height: 100%; }
.art-leaf { background: #dfe9d8; } .art-sun { background: #f6e0cb; } .art-spice { background: #fbe5bf; } .art-chest { background: #eadfce; }
@media (prefers-color-scheme: dark) { .art { filter: brightness(.84); } }
.card-text { padding: 1.1rem 1.25rem 1.25rem; display: flex; flex-direction: column; gap: .4rem; flex: 1; }
.card h2 { font-size: 1.45rem; }
.origin { font-size: .78rem; letter-spacing: .08em; text-transform: uppercase; color: var(--soft); }
.story { color: var(--soft); font-size: .95rem; flex: 1; }
.card-foot { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: .75rem; margin-top: .7rem; }
.price strong { display: block; font-size: 1.15rem; font-variant-numeric: tabular-nums; }
.price span { font-size: .82rem; color: var(--soft); }
.stepper { display: flex; border: 1px solid var(--line); border-radius: 999px; overflow: hidden; background: var(--paper); }
.stepper button { width: 2.5rem; height: 2.5rem; border: 0; background: none; color: inherit; font-size: 1.2rem; cursor: pointer; }
.stepper button:hover { background: var(--line); }
.stepper input { width: 2.2rem; border: 0; background: none; color: inherit; font: inherit; font-weight: 600; text-align: center; appearance: textfield; }
.stepper input::-webkit-inner-spin-button { appearance: none; }
.stepper :focus-visible { outline-offset: -3px; border-radius: 999px; }
@media (max-width: 36rem) {
  .shelf { gap: .9rem; }
  .card { display: grid; grid-template-columns: 6.5rem 1fr; }
  .art { height: auto; padding: .5rem; }
  .art svg { width: 100%; height: auto; }
  .card-text { padding: .9rem 1rem 1rem; }
  .card h2 { font-size: 1.25rem; }
  .story { font-size: .9rem; }
}

.summary { padding: 1.4rem; display: grid; gap: 1rem; }
.summary h2 { font-size: 1.3rem; }
.total { display: flex; justify-content: space-between; align-items: baseline; gap: 1rem; }
.total output { font-size: 1.55rem; font-weight: 700; font-variant-numeric: tabular-nums; }
.fine { font-size: .86rem; color: var(--soft); }
fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: .5rem; min-width: 0; }
legend { padding: 0; margin-bottom: .5rem; font-weight: 600; }
.choice { display: flex; gap: .7rem; padding: .7rem .85rem; border: 1px solid var(--line); border-radius: 10px; cursor: pointer; }
.choice:has(:checked) { border-color: var(--green-2); box-shadow: inset 0 0 0 1px var(--green-2); }
.choice input { accent-color: var(--green-2); margin: .3rem 0 0; }
.choice b, .choice small { display: block; }
.choice small { line-height: 1.35; }

.primary, .button { display: inline-block; border: 1px solid var(--line); border-radius: 10px; padding: .75rem 1.3rem; font: 600 1rem var(--sans); text-decoration: none; text-align: center; color: inherit; background: var(--card); cursor: pointer; }
.primary { background: var(--turmeric); border-color: var(--turmeric); color: #22281f; }
.primary:hover { filter: brightness(1.06); }
.primary:disabled { opacity: .55; cursor: default; filter: none; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; justify-content: center; margin-top: .6rem; }

.panel { padding: clamp(1.4rem, 5vw, 2.4rem); }
.panel + .panel { margin-top: 1.25rem; }
.centred { display: grid; gap: .85rem; justify-items: center; text-align: center; }
.panel h1 { font-size: clamp(1.6rem, 5vw, 2.2rem); }
.panel h2 { font-size: 1.35rem; margin-bottom: .6rem; }
.amount { font-size: 1.9rem; font-weight: 700; font-variant-numeric: tabular-nums; }
.success h1 { color: var(--ok); } .failure h1 { color: var(--bad); } .pending h1 { color: var(--wait); }
.note { border: 1px solid var(--line); border-left: 4px solid var(--turmeric); border-radius: 8px; padding: .8rem 1rem; }
.facts { width: 100%; margin: .4rem 0 0; border-top: 1px solid var(--line); }
.facts div { display: flex; justify-content: space-between; gap: 1.5rem; padding: .55rem 0; border-bottom: 1px solid var(--line); text-align: left; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; text-align: right; }
.badge { border: 1px solid currentColor; border-radius: 999px; padding: .15rem .75rem; font-size: .84rem; font-weight: 600; color: var(--wait); white-space: nowrap; }
.badge.success, [data-refund-state="COMPLETED"] .badge { color: var(--ok); }
.badge.failure, [data-refund-state="FAILED"] .badge { color: var(--bad); }
.refunds, .orders { list-style: none; margin: 0; padding: 0; }
.refunds li, .orders a { display: flex; align-items: center; justify-content: space-between; gap: 1rem; }
.refunds li { padding: .7rem 0; border-bottom: 1px solid var(--line); }
.refunds small, .orders small { display: block; }
.refund-form { margin-top: 1.2rem; display: grid; gap: .5rem; }
.refund-form label { font-weight: 600; display: flex; flex-wrap: wrap; justify-content: space-between; gap: .25rem 1rem; }
.refund-form label small { font-weight: 400; }
.row { display: flex; gap: .75rem; }
.row input { flex: 1; min-width: 0; border: 1px solid var(--line); border-radius: 10px; padding: .7rem .9rem; font: inherit; font-variant-numeric: tabular-nums; background: var(--paper); color: inherit; }
.page-title { font-size: 2.1rem; margin-bottom: 1.2rem; }
.orders { margin-bottom: 1.2rem; }
.orders li + li { margin-top: .75rem; }
.orders a { text-decoration: none; padding: 1rem 1.25rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.orders a:hover { border-color: var(--turmeric); }
.steam { animation: rise 1.8s ease-in-out infinite; }
@keyframes rise { 0%, 100% { transform: translateY(2px); opacity: .35; } 50% { transform: translateY(-2px); opacity: 1; } }
@media (prefers-reduced-motion: reduce) { .steam { animation: none; } }
`;
