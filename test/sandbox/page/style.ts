/** One sheet for all pages of the sandbox. No outside fonts, pictures or hosts. */
export const STYLE = `
:root {
  color-scheme: light;
  --ink: #1d1333; --soft: #655c7a; --line: #e4def0; --paper: #fff; --wash: #f5f2fb;
  --brand: #5a2bb0; --brand-deep: #3b1780; --good: #12734a; --bad: #b3261e; --wait: #8a5a00;
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; color: var(--ink); background: var(--wash);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif;
}
.top {
  background: linear-gradient(135deg, var(--brand-deep), var(--brand) 60%, #7a4bd6);
  color: #fff; padding: 1rem 1rem 5.5rem;
}
.top-row { max-width: 30rem; margin: 0 auto; display: flex; align-items: center; gap: .6rem; }
.mark {
  width: 2rem; height: 2rem; border-radius: .6rem; background: #fff; color: var(--brand);
  display: grid; place-items: center; font-weight: 800;
}
.brand { font-weight: 700; letter-spacing: .01em; }
.badge {
  margin-left: auto; font-size: .78rem; font-weight: 600; padding: .2rem .65rem; border-radius: 99px;
  background: #ffe9a8; color: #4a3200; white-space: nowrap;
}
/* The checkout script's close button lies over the frame's corner. */
.framed .top-row { padding-right: 3.25rem; }
@media (max-width: 26rem) { .framed .brand { display: none; } }
.sheet { max-width: 30rem; margin: -4.5rem auto 2rem; padding: 0 1rem; display: grid; gap: 1rem; }
.card {
  background: var(--paper); border-radius: 1rem; padding: 1.25rem;
  box-shadow: 0 1px 2px rgb(45 20 90 / .08), 0 8px 28px rgb(45 20 90 / .08);
}
.payee { display: flex; gap: .85rem; align-items: center; }
.avatar {
  width: 2.9rem; height: 2.9rem; border-radius: 50%; background: #ece4fb; color: var(--brand-deep);
  display: grid; place-items: center; font-weight: 700; font-size: 1.2rem; flex: none;
}
h1 { font-size: 1.1rem; margin: 0; }
h2 { font-size: 1rem; margin: 0 0 .75rem; }
.muted { color: var(--soft); margin: 0; font-size: .92rem; overflow-wrap: anywhere; }
.amount { font-size: 2.3rem; font-weight: 750; margin: .9rem 0 .4rem; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.facts { display: grid; grid-template-columns: auto 1fr; gap: .2rem .9rem; margin: 0; font-size: .92rem; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
fieldset { border: 0; margin: 0; padding: 0; display: grid; gap: .6rem; }
legend { font-weight: 650; padding: 0; margin-bottom: .7rem; }
.way { border: 1.5px solid var(--line); border-radius: .85rem; overflow: hidden; }
.way:has(input[type=radio]:checked) { border-color: var(--brand); background: #faf8ff; }
.way:has(input[type=radio]:focus-visible) { outline: 3px solid #b99cf0; outline-offset: 2px; }
.way > label { display: flex; align-items: center; gap: .75rem; padding: .9rem 1rem; cursor: pointer; min-height: 3.25rem; }
.way input[type=radio] { accent-color: var(--brand); width: 1.15rem; height: 1.15rem; margin: 0; flex: none; }
.way-name { font-weight: 600; }
.way-hint { margin-left: auto; color: var(--soft); font-size: .85rem; text-align: right; }
.panel { display: none; padding: 0 1rem 1rem 2.9rem; }
.way:has(input[type=radio]:checked) .panel { display: block; }
.panel label { display: block; font-size: .85rem; color: var(--soft); margin-bottom: .25rem; }
.panel input, .panel select {
  width: 100%; font: inherit; padding: .65rem .75rem; border: 1.5px solid #8d80a8; border-radius: .6rem;
  background: #fff; color: inherit;
}
.panel p { margin: .45rem 0 0; font-size: .82rem; color: var(--soft); }
code { font-size: .92em; background: #efe9fa; border-radius: .3rem; padding: .05rem .3rem; }
button, .button {
  font: inherit; font-weight: 650; border-radius: .8rem; border: 1.5px solid transparent; padding: .8rem 1rem;
  min-height: 3rem; cursor: pointer; text-align: center; text-decoration: none; display: inline-block;
}
.primary { width: 100%; background: var(--brand); color: #fff; font-size: 1.08rem; margin-top: 1.1rem; }
.primary:hover { background: var(--brand-deep); }
button:focus-visible, a:focus-visible, .panel input:focus-visible, .panel select:focus-visible {
  outline: 3px solid #b99cf0; outline-offset: 2px;
}
button[disabled] { opacity: .55; cursor: progress; }
.controls { display: grid; grid-template-columns: 1fr 1fr; gap: .6rem; }
.controls button { background: #fff; border-color: currentColor; font-size: .93rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .wait { color: var(--wait); } .plain { color: var(--soft); }
.notice { border-left: 4px solid var(--bad); background: #fdf0ef; border-radius: .6rem; padding: .75rem 1rem; margin: 0; }
.result { text-align: center; padding: 2rem 1.25rem; }
.disc { width: 4.5rem; height: 4.5rem; border-radius: 50%; margin: 0 auto 1rem; display: grid; place-items: center; color: #fff; font-size: 2.2rem; font-weight: 700; }
.disc.good { background: var(--good); color: #fff; } .disc.bad { background: var(--bad); color: #fff; }
.disc.wait { background: var(--wait); color: #fff; } .disc.plain { background: var(--soft); color: #fff; }
@media (prefers-reduced-motion: no-preference) {
  .disc { animation: pop .35s cubic-bezier(.2, 1.4, .5, 1); }
  @keyframes pop { from { transform: scale(.4); opacity: 0; } }
}
.result h1 { font-size: 1.3rem; margin-bottom: .35rem; }
.result .amount { margin: .4rem 0; }
.result .button { margin-top: 1.2rem; border-color: var(--brand); color: var(--brand); }
.foot { text-align: center; color: var(--soft); font-size: .82rem; margin: 0; }
.wide .sheet, .wide .top-row { max-width: 64rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th, td { text-align: left; padding: .55rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; white-space: nowrap; }
td.money { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.chip { font-size: .78rem; font-weight: 650; border: 1px solid currentColor; border-radius: 99px; padding: .1rem .55rem; white-space: nowrap; }
a { color: var(--brand); }
`;
