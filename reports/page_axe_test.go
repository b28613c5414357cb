package reports

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// axeScript is axe-core as `make` fetches it by reports/assets/package-lock.json. It is
// no part of any page.
const axeScript = "assets/node_modules/axe-core/axe.min.js"

// runAxe answers with one line for each serious or critical violation of WCAG 2.2 A and AA
// and of axe's best practices. The tables are opened, as a reader would. What is drawn in a
// chart is an image to it: TestContrast has its colours, Aria its words.
const runAxe = `(() => {
	document.querySelectorAll('details').forEach(d => { d.open = true; });
	return axe.run({exclude: ['.plot svg']}, {preload: false, resultTypes: ['violations'],
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(r => r.violations
			.filter(v => v.impact === 'serious' || v.impact === 'critical' || v.id === 'heading-order')
			.map(v => v.impact + ' ' + v.id + ': ' + v.help + ' | ' + v.nodes.slice(0, 3).map(n => n.target.join(' ') + ' ' + n.html.slice(0, 120) + ' ' + n.any.concat(n.all).map(c => c.message).join('; ')).join(' || ')));
})()`

// readAxe is axe-core, "" where it is not on this machine.
func readAxe(t *testing.T) string {
	t.Helper()
	axe, err := os.ReadFile(axeScript)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(axe)
}

// TestPageIsAccessible lets axe-core read the real page, live, light and dark, wide and
// narrow, and its kin once: nothing serious, nothing critical, headings in order.
func TestPageIsAccessible(t *testing.T) {
	axe := readAxe(t)
	if axe == "" {
		t.Skip("no axe-core on this machine: `make assets` fetches it")
	}
	indexed := madeUpWeekly()
	x := madeUpIndex()
	indexed.Index = &x
	for name, html := range map[string]string{
		"ordinary": writeWeekly(t, indexed), "hostile": writeWeekly(t, hostileWeekly()), "thin": writeWeekly(t, thinWeekly()),
		"nothing": writeWeekly(t, analysis.Weekly{}), "scorecard": writeScorecard(t, madeUpScorecard()),
	} {
		t.Run(name, func(t *testing.T) {
			ctx := newBrowser(t)
			var w witness
			w.watch(t, ctx)
			url := pageFile(t, html)
			for _, width := range []int64{360, 1600} {
				for _, scheme := range []string{"light", "dark"} {
					if name != "ordinary" && (width != 360 || scheme != "dark") {
						continue // half a minute of looking for the same
					}
					openPage(t, ctx, url, width, true, scheme)
					_, err := chromedp.Run(ctx, chromedp.Evaluate[int](axe+"\n;0"))
					mustDo(t, err)
					found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](runAxe, chromedp.EvalAwaitPromise))
					mustDo(t, err)
					if len(found) > 0 {
						t.Errorf("%d px, %s:\n%s", width, scheme, strings.Join(found, "\n"))
					}
				}
			}
			w.report(t)
		})
	}
}

// TestThemeInBrowser: the switch turns the colours of page and charts, by keyboard too, and
// a page opened later keeps the choice; without scripts it isn't there and can't be reached.
func TestThemeInBrowser(t *testing.T) {
	ctx := newBrowser(t)
	var w witness
	w.watch(t, ctx)
	url := pageFile(t, writeWeekly(t, madeUpWeekly()))
	// The colours of the page and of a chart's live text; which state is chosen; whether it is seen.
	const read = `(() => {
		const style = e => getComputedStyle(e);
		const text = document.querySelector('.is-live .live text, .still text');
		return [style(document.body).backgroundColor, style(text).fill, document.querySelector('.theme input:checked').value,
			style(document.querySelector('.theme')).visibility].join(' / ');
	})()`
	const light, dark = "rgb(243, 243, 241) / rgb(29, 31, 33)", "rgb(23, 24, 26) / rgb(236, 236, 234)" // --paper and --ink of page.css
	expect := func(when, want string) {
		t.Helper()
		got, err := chromedp.Run(ctx, chromedp.Evaluate[string](read))
		mustDo(t, err)
		if got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	press := func(key string) {
		t.Helper()
		_, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.querySelector(".theme input:checked").focus(), 0`))
		mustDo(t, err)
		mustDo(t, chromedp.Do(ctx, chromedp.KeyEvent(key)))
	}
	openPage(t, ctx, url, 1000, true, "dark")
	expect("the system's dark", dark+" / auto / visible")
	press(kb.ArrowRight)
	expect("light by choice", light+" / light / visible")
	openPage(t, ctx, url, 1000, true, "dark")
	expect("light, opened again", light+" / light / visible")
	press(kb.ArrowRight)
	expect("dark by choice", dark+" / dark / visible")
	openPage(t, ctx, url, 1000, true, "light")
	expect("dark, opened again in a light system", dark+" / dark / visible")
	openPage(t, ctx, url, 1000, false, "light")
	expect("without scripts", light+" / auto / hidden")
	w.report(t)
}

// printMedia shows the page as it goes to paper.
func printMedia(t *testing.T, ctx context.Context, scheme string) {
	t.Helper()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Media: "print", Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	mustDo(t, err)
}

// TestPrintInBrowser: on paper the drawings stand whole, in light colours whatever the
// screen's, without what only a screen has.
func TestPrintInBrowser(t *testing.T) {
	ctx := newBrowser(t)
	var w witness
	w.watch(t, ctx)
	openPage(t, ctx, pageFile(t, writeWeekly(t, madeUpWeekly())), 1000, true, "dark")
	printMedia(t, ctx, "dark")
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
		const seen = s => [...document.querySelectorAll(s)].filter(e => e.getClientRects().length > 0);
		return ['paper ' + getComputedStyle(document.body).backgroundColor,
			'drawn ' + (seen('.still.wide svg').length === document.querySelectorAll('.plot').length), 'others ' + seen('.live, .still.narrow, .bar, .theme, details, .skip').length,
			'fixed ' + [...document.querySelectorAll('*')].filter(e => e.getClientRects().length > 0 && ['sticky', 'fixed'].includes(getComputedStyle(e).position)).length].join(', ');
	})()`))
	mustDo(t, err)
	if want := "paper rgb(255, 255, 255), drawn true, others 0, fixed 0"; got != want {
		t.Errorf("on paper: %s; want %s", got, want)
	}
	w.report(t)
}
