"""How forms look: a small sheet for standard widgets, in the notebook's own colours and font."""

from __future__ import annotations

__all__ = ["ROOT", "SHEET"]

#: The class of a form; every rule is below it.
ROOT = "omezarr-nb-wizard"

#: JupyterLab's variables, then VS Code's, then by the page's colour scheme. Three columns where there is room; below
#: 700 px the plan folds under the form, and the steps become a row.
SHEET = """
.omezarr-nb-wizard {
  --oz-surface: var(--jp-layout-color1, var(--vscode-editor-background, light-dark(#ffffff, #1e1e1e)));
  --oz-surface-2: var(--jp-layout-color2, var(--vscode-sideBar-background, light-dark(#f2f2f2, #2b2b2b)));
  --oz-text: var(--jp-ui-font-color1, var(--vscode-editor-foreground, light-dark(#212121, #e6e6e6)));
  --oz-text-2: var(--jp-ui-font-color2, var(--vscode-descriptionForeground, light-dark(#555555, #b8b8b8)));
  --oz-line: var(--jp-border-color2, var(--vscode-panel-border, light-dark(#d8d8d8, #4a4a4a)));
  --oz-accent: var(--jp-brand-color1, var(--vscode-focusBorder, light-dark(#1565c0, #64b5f6)));
  --oz-wrong: light-dark(#b71c1c, #ff8a80);
  --oz-done: light-dark(#1b5e20, #81c784);
  container: omezarr-nb-wizard / inline-size;
  color-scheme: light dark;
  color: var(--oz-text);
  background: var(--oz-surface);
  border: 1px solid var(--oz-line);
  border-radius: 4px;
  font-family: var(--jp-ui-font-family, var(--vscode-font-family, system-ui, sans-serif));
  font-variant-numeric: tabular-nums;
  overflow: hidden;
  margin: 0;
}
[data-jp-theme-light="true"] .omezarr-nb-wizard, .vscode-light .omezarr-nb-wizard { color-scheme: light; }
[data-jp-theme-light="false"] .omezarr-nb-wizard, .vscode-dark .omezarr-nb-wizard { color-scheme: dark; }
.omezarr-nb-wizard .oz-sheet { display: none; }
.omezarr-nb-wizard .oz-gone:not(:empty) {
  padding: 8px 16px; color: var(--oz-wrong); border-bottom: 1px solid var(--oz-line);
}
.omezarr-nb-wizard .oz-columns { flex-flow: row wrap; align-items: stretch; overflow: visible; }
.omezarr-nb-wizard .widget-box { overflow: visible; margin: 0; }
.omezarr-nb-wizard .widget-html-content, .omezarr-nb-wizard .jupyter-widgets { line-height: 20px; }
.omezarr-nb-wizard .widget-html-content { height: auto; color: var(--oz-text); overflow-wrap: anywhere; }
.omezarr-nb-wizard .widget-html { height: auto; }
.omezarr-nb-wizard .widget-label { color: var(--oz-text); }

.omezarr-nb-wizard .oz-steps {
  flex: 0 0 148px; padding: 12px 0; gap: 0; background: var(--oz-surface-2); border-right: 1px solid var(--oz-line);
}
.omezarr-nb-wizard .oz-steps .jupyter-button {
  width: 100%; height: 32px; margin: 0; padding: 0 12px; text-align: left; background: transparent; box-shadow: none;
  color: var(--oz-text); border-left: 3px solid transparent; font-size: var(--jp-ui-font-size1, 13px);
}
.omezarr-nb-wizard .oz-steps .jupyter-button:hover { background: var(--oz-surface); box-shadow: none; }
.omezarr-nb-wizard .oz-steps .oz-here {
  background: var(--oz-surface); border-left-color: var(--oz-accent); font-weight: 600;
}
.omezarr-nb-wizard .oz-steps .oz-done { color: var(--oz-done); }
.omezarr-nb-wizard .oz-steps .oz-wrong { color: var(--oz-wrong); }
.omezarr-nb-wizard .oz-steps .jupyter-button:disabled { color: var(--oz-text-2); opacity: .7; }

.omezarr-nb-wizard .oz-form { flex: 4 1 300px; min-width: 0; min-height: 368px; padding: 12px 16px; gap: 8px; }
.omezarr-nb-wizard .oz-plan {
  flex: 5 1 320px; min-width: 0; padding: 12px; gap: 4px; border-left: 1px solid var(--oz-line);
}
.omezarr-nb-wizard .oz-plan .widget-html-content { overflow-x: auto; }
.omezarr-nb-wizard .oz-plan .omezarr-nb.omezarr-nb table { font-size: 12px; }
.omezarr-nb-wizard .oz-plan .omezarr-nb.omezarr-nb :is(th, td):nth-child(n) {
  padding: 3px 8px 3px 0; white-space: normal; overflow-wrap: normal; vertical-align: top;
}
/* The path of a level, which its number and the metadata tell: there is no room for it beside a form. */
.omezarr-nb-wizard .oz-plan .omezarr-nb.omezarr-nb [aria-label="Levels"] :is(th, td):nth-child(2) { display: none; }
.omezarr-nb-wizard .oz-plan pre {
  margin: 0; font: 11px/16px var(--jp-code-font-family, monospace); white-space: pre-wrap; color: inherit;
}
.omezarr-nb-wizard .oz-head { font-weight: 600; font-size: 14px; margin: 0; }
.omezarr-nb-wizard .oz-quiet { color: var(--oz-text-2); }
.omezarr-nb-wizard .oz-trouble { color: var(--oz-wrong); }
.omezarr-nb-wizard .oz-trouble::before { content: "\\26A0\\FE0E  "; }
.omezarr-nb-wizard .oz-good { color: var(--oz-done); font-weight: 600; }
.omezarr-nb-wizard .oz-field { gap: 2px; }
.omezarr-nb-wizard .oz-row { gap: 8px; flex-flow: row wrap; align-items: center; }
.omezarr-nb-wizard .jupyter-widgets { margin: 0; }
.omezarr-nb-wizard .oz-stack { gap: 8px; }
.omezarr-nb-wizard .widget-toggle-buttons .jupyter-button { margin: 0 4px 0 0; }
.omezarr-nb-wizard .widget-checkbox label { gap: 8px; align-items: center; }
.omezarr-nb-wizard .widget-checkbox { height: auto; min-height: 28px; max-width: 100%; }
.omezarr-nb-wizard .widget-checkbox label { height: auto; line-height: 20px; white-space: normal; }
.omezarr-nb-wizard .widget-checkbox input { margin: 0 8px 0 0; vertical-align: middle; }
.omezarr-nb-wizard .widget-dropdown > select { appearance: auto; background-image: none; padding-right: 4px; }
.omezarr-nb-wizard .oz-foot {
  gap: 8px; flex-flow: row wrap; align-items: center; margin-top: auto; padding-top: 8px;
}
/* What it says is not cut: it names what will be changed. */
.omezarr-nb-wizard .oz-foot .oz-act {
  flex: 0 1 auto; min-width: 0; height: auto; min-height: 28px; padding: 4px 12px; line-height: 20px;
  white-space: normal; overflow-wrap: anywhere; text-align: left;
}
.omezarr-nb-wizard .oz-foot .oz-act:disabled {
  opacity: 1; background: var(--oz-surface-2); color: var(--oz-text-2); border: 1px solid var(--oz-line);
}
.omezarr-nb-wizard .oz-form > .widget-hprogress { height: 8px; }
.omezarr-nb-wizard .oz-form > .widget-hprogress .progress { margin: 0; height: 8px; border-radius: 4px; }
.omezarr-nb-wizard .oz-plan-head { flex-flow: row wrap; justify-content: space-between; align-items: center; gap: 8px; }
.omezarr-nb-wizard .oz-code, .omezarr-nb-wizard .oz-end { border-top: 1px solid var(--oz-line); }
.omezarr-nb-wizard .oz-code { padding: 8px 16px 12px; }
.omezarr-nb-wizard .oz-code pre {
  margin: 0; padding: 8px 12px; overflow-x: auto; word-break: normal; user-select: all; background: var(--oz-surface-2);
  border: 1px solid var(--oz-line); border-radius: 4px; color: inherit;
  font: var(--jp-code-font-size, 13px)/1.4 var(--jp-code-font-family, monospace);
}
.omezarr-nb-wizard .oz-preview { display: block; max-width: 100%; border-radius: 2px; background: #000; }
.omezarr-nb-wizard .oz-channel { display: block; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.omezarr-nb-wizard .oz-levels { display: flex; flex-flow: row wrap; gap: 8px 12px; align-items: flex-end; }
.omezarr-nb-wizard .oz-levels figure { margin: 0; max-width: 112px; }
.omezarr-nb-wizard .oz-levels figcaption { font-size: 11px; line-height: 16px; color: var(--oz-text-2); }
.omezarr-nb-wizard .oz-level { width: 96px; height: auto; image-rendering: pixelated; }
.omezarr-nb-wizard .oz-order {
  display: flex; flex-flow: row wrap; gap: 8px; margin: 0; padding: 4px 0; list-style: none;
}
.omezarr-nb-wizard .oz-order li {
  display: flex; flex-flow: column; align-items: center; gap: 2px; flex: 1 1 48px; max-width: 88px; padding: 4px;
  margin: 0; box-sizing: border-box; border: 1px dashed var(--oz-line); border-radius: 4px; color: var(--oz-text-2);
}
.omezarr-nb-wizard .oz-order li.oz-target { border: 1px solid var(--oz-accent); }
.omezarr-nb-wizard .oz-chip {
  width: 100%; min-height: 28px; border: 1px solid var(--oz-line); border-radius: 4px; background: var(--oz-surface-2);
  color: var(--oz-text); font: inherit; font-weight: 600; cursor: grab; touch-action: none;
}
.omezarr-nb-wizard .oz-color { width: 32px; height: 28px; margin: 2px; padding: 0; cursor: pointer; }
.omezarr-nb-wizard .oz-color:disabled { cursor: default; }
.omezarr-nb-wizard .oz-chip:disabled { cursor: default; color: var(--oz-text-2); }
.omezarr-nb-wizard .oz-chip.oz-dragged { position: relative; z-index: 1; cursor: grabbing; }
.omezarr-nb-wizard .oz-said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.omezarr-nb-wizard .oz-wells-box { overflow: auto; max-height: 320px; }
.omezarr-nb-wizard .oz-wells { border-collapse: collapse; font-size: 12px; margin: 0; width: auto; }
.omezarr-nb-wizard .oz-wells :is(th, td) {
  width: 24px; min-width: 24px; height: 24px; padding: 0; border: 0; text-align: center; font-weight: normal;
  background: none; color: var(--oz-text-2);
}
.omezarr-nb-wizard .oz-wells tr > :first-child { width: 18px; min-width: 18px; }
.omezarr-nb-wizard .oz-wells tbody tr { background: none !important; }
.omezarr-nb-wizard .oz-wells tbody td { border-radius: 4px; color: var(--oz-text); cursor: default; }
.omezarr-nb-wizard .oz-wells tbody td.oz-none { color: var(--oz-text-2); }
.omezarr-nb-wizard .oz-wells.oz-armed tbody td { cursor: copy; }
.omezarr-nb-wizard .oz-wells.oz-armed tbody td:hover { background: var(--oz-surface-2); }
.omezarr-nb-wizard .oz-wells tbody td.oz-put { color: var(--oz-done); font-weight: 700; }
.omezarr-nb-wizard .oz-wells td:focus-visible, .omezarr-nb-wizard .oz-chip:focus-visible {
  outline: 2px solid var(--oz-accent); outline-offset: -1px;
}
.omezarr-nb-wizard .oz-swatches { display: flex; flex-flow: row wrap; gap: 4px 12px; }
.omezarr-nb-wizard .oz-named { display: inline-flex; align-items: center; gap: 4px; }
.omezarr-nb-wizard .oz-swatch {
  display: inline-block; width: 14px; height: 14px; border: 1px solid var(--oz-text-2); border-radius: 2px;
}
.omezarr-nb-wizard .oz-unlabelled { position: relative; }
.omezarr-nb-wizard .oz-unlabelled > .widget-label {
  position: absolute; width: 1px; min-width: 0; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%);
}
.omezarr-nb-wizard .oz-facts { border-collapse: collapse; font-size: 12px; margin: 4px 0 0; }
.omezarr-nb-wizard .oz-facts :is(th, td) { text-align: left; font-weight: normal; padding: 2px 12px 2px 0; border: 0; }
.omezarr-nb-wizard .oz-facts td:first-of-type { text-align: right; font-weight: 600; white-space: nowrap; }
.omezarr-nb-wizard .oz-facts tr { background: none !important; }
.omezarr-nb-wizard.oz-door { padding: 12px 16px; gap: 8px; margin-bottom: 8px; }
.omezarr-nb-wizard .oz-way { gap: 12px; align-items: center; flex-flow: row nowrap; }
.omezarr-nb-wizard .oz-way .jupyter-button { margin: 0; flex: 0 0 auto; }
.omezarr-nb-wizard .oz-way .widget-html { flex: 1 1 0; min-width: 0; }
.omezarr-nb-wizard .oz-end { padding: 12px 16px; gap: 8px; }
.omezarr-nb-wizard .widget-radio-box { max-width: none; width: auto; }
.omezarr-nb-wizard .widget-radio-box label { height: 24px; line-height: 24px; font-size: inherit; }
.omezarr-nb-wizard select:focus-visible, .omezarr-nb-wizard input:focus-visible,
.omezarr-nb-wizard button:focus-visible, .omezarr-nb-wizard pre:focus-visible {
  outline: 2px solid var(--oz-accent); outline-offset: 1px;
}
@container omezarr-nb-wizard (max-width: 700px) {
  .omezarr-nb-wizard .oz-steps {
    flex: 1 1 100%; flex-flow: row wrap; padding: 4px 8px; border-right: 0; border-bottom: 1px solid var(--oz-line);
  }
  .omezarr-nb-wizard .oz-steps .jupyter-button {
    width: auto; padding: 0 8px; border-left: 0; border-bottom: 3px solid transparent;
  }
  .omezarr-nb-wizard .oz-steps .oz-here { border-bottom-color: var(--oz-accent); }
  .omezarr-nb-wizard .oz-form { flex: 1 1 100%; min-height: 0; }
  .omezarr-nb-wizard .oz-plan {
    flex: 1 1 100%; padding: 12px 16px; border-left: 0; border-top: 1px solid var(--oz-line);
  }
}
"""
