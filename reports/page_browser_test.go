package reports

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// newBrowser starts a headless Chromium for one test, or skips it.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skip("no chromium on this machine: the page is not tried in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoFirstRun, chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("hide-scrollbars", true))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// witness notes whatever a page must not do.
type witness struct {
	sync.Mutex
	seen []string
}

func (w *witness) watch(t *testing.T, ctx context.Context) {
	t.Helper()
	note := func(format string, args ...any) {
		w.Lock()
		defer w.Unlock()
		w.seen = append(w.seen, fmt.Sprintf(format, args...))
	}
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *network.EventRequestWillBeSent:
			if ev.Type != network.ResourceTypeDocument || !strings.HasPrefix(ev.Request.URL, "file://") {
				note("request: %.200s", ev.Request.URL)
			}
		case *cdppage.EventJavascriptDialogOpening:
			note("dialog: %s", ev.Message)
			// Not from here: Listen's function must not call the browser.
			go func() {
				_, _ = chromedp.Call(ctx, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{Accept: true})
			}()
		case *runtime.EventExceptionThrown:
			note("exception: %v", ev.ExceptionDetails)
		case *runtime.EventConsoleAPICalled:
			note("console %s: %v", ev.Type, ev.Args)
		case *cdplog.EventEntryAdded:
			note("log %s: %s", ev.Entry.Level, ev.Entry.Text)
		}
	})
	mustDo(t, err)
	_, err = chromedp.Call(ctx, network.Enable, network.EnableParams{})
	mustDo(t, err)
	_, err = chromedp.Call(ctx, cdplog.Enable, cdp.Empty{})
	mustDo(t, err)
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// openPage loads a page at a width, with scripts on or off, in one colour scheme.
func openPage(t *testing.T, ctx context.Context, url string, width int64, scripts bool, scheme string) {
	t.Helper()
	mustDo(t, chromedp.Do(ctx, chromedp.EmulateViewport(width, 900)))
	_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !scripts})
	mustDo(t, err)
	_, err = chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
	mustDo(t, err)
	mustDo(t, chromedp.Do(ctx, chromedp.Navigate(url)))
}

func (w *witness) report(t *testing.T) {
	t.Helper()
	w.Lock()
	defer w.Unlock()
	for _, s := range w.seen {
		t.Error(s)
	}
}

// pageFile writes the page to a file of the test and returns its address.
func pageFile(t *testing.T, html string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(path, []byte(html), 0o644); err != nil {
		t.Fatal(err)
	}
	return "file://" + path
}

// plotsState is what a test reads of the plots of a page.
type plotsState struct {
	Plots, Live, Instances, Still, Scripts, Images int
	Tops                                           []float64 // of every section, px
	Width                                          float64   // of the document, px
}

const readPlots = `(() => {
	const all = s => [...document.querySelectorAll(s)];
	const seen = e => e.getBoundingClientRect().height > 100;
	return {
		Plots: all('.plot').length,
		Live: all('.live > div > svg, .live > svg').filter(seen).length,
		Instances: all('.live').filter(e => window.echarts && echarts.getInstanceByDom(e)).length,
		Still: all('.still svg').filter(seen).length,
		Scripts: all('script').length,
		Images: all('img, iframe, object, embed, link').length,
		Tops: all('section').map(e => Math.round(e.getBoundingClientRect().top + scrollY)),
		Width: document.documentElement.scrollWidth,
	};
})()`

// TestPageInBrowser holds, for the ordinary and the hostile page: no dialog, no
// request, nothing on the console; every chart a live one; and not a pixel of
// movement against the page without scripts.
func TestPageInBrowser(t *testing.T) {
	for _, tt := range []struct {
		name string
		html string
	}{
		{"ordinary", writeWeekly(t, madeUpWeekly())},
		{"hostile", writeWeekly(t, hostileWeekly())},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx := newBrowser(t)
			url := pageFile(t, tt.html)
			var w witness
			w.watch(t, ctx)
			for _, width := range []int64{360, 768, 1600} {
				openPage(t, ctx, url, width, true, "light")
				live, err := chromedp.Run(ctx, chromedp.Evaluate[plotsState](readPlots))
				mustDo(t, err)
				openPage(t, ctx, url, width, false, "light")
				plain, err := chromedp.Run(ctx, chromedp.Evaluate[plotsState](readPlots))
				mustDo(t, err)
				if live.Plots != madeUpCharts || live.Live != live.Plots || live.Instances != live.Plots || live.Still != 0 {
					t.Errorf("%d px, scripts on: %+v, want %d plots, all live", width, live, madeUpCharts)
				}
				if plain.Plots != madeUpCharts || plain.Still != plain.Plots || plain.Live != 0 {
					t.Errorf("%d px, scripts off: %+v, want %d plots, all drawn", width, plain, madeUpCharts)
				}
				// The options, ECharts, live.js: text from outside made no element.
				if live.Scripts != madeUpCharts+2 || live.Images != 0 {
					t.Errorf("%d px: %d scripts and %d images, want %d and 0", width, live.Scripts, live.Images, madeUpCharts+2)
				}
				if fmt.Sprint(live.Tops) != fmt.Sprint(plain.Tops) {
					t.Errorf("%d px: the page jumps when it comes alive: %v, then %v", width, plain.Tops, live.Tops)
				}
				if live.Width > float64(width) {
					t.Errorf("%d px: the page is %v px wide and has to be scrolled sideways", width, live.Width)
				}
			}
			w.report(t)
		})
	}
}

// TestScorecardInBrowser holds the same of the scorecard, and that the panels' tooltip,
// which is of a place on the axis, speaks.
func TestScorecardInBrowser(t *testing.T) {
	ctx := newBrowser(t)
	var w witness
	w.watch(t, ctx)
	hostile := madeUpScorecard()
	for i := range hostile.Revisions {
		hostile.Revisions[i].Segment = []string{"</script><script>alert(1)</script>", `"'{name|x}<img src=x onerror=alert(2)>`}[i]
	}
	url := pageFile(t, writeScorecard(t, hostile))
	for _, width := range []int64{360, 1600} {
		openPage(t, ctx, url, width, false, "dark")
		plain, err := chromedp.Run(ctx, chromedp.Evaluate[plotsState](readPlots))
		mustDo(t, err)
		openPage(t, ctx, url, width, true, "dark")
		live, err := chromedp.Run(ctx, chromedp.Evaluate[plotsState](readPlots))
		mustDo(t, err)
		if live.Plots != 4 || live.Live != 4 || live.Instances != 4 || plain.Still != 4 || live.Scripts != 6 || live.Images != 0 {
			t.Errorf("%d px: %+v, without scripts %+v; want 4 plots, live and drawn", width, live, plain)
		}
		if fmt.Sprint(live.Tops) != fmt.Sprint(plain.Tops) || live.Width > float64(width) {
			t.Errorf("%d px: sections at %v, then %v; %v px wide", width, plain.Tops, live.Tops, live.Width)
		}
	}
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
		const host = document.querySelector('#by-origin .live'), chart = echarts.getInstanceByDom(host);
		const [x, y] = chart.convertToPixel({gridIndex: 0}, [2, 5]);
		chart.dispatchAction({type: 'showTip', x, y});
		return new Promise(done => setTimeout(() => done(host.textContent), 300));
	})()`, chromedp.EvalAwaitPromise))
	mustDo(t, err)
	// The third week: 2026-W37, error 0.045 + 2 · 0.002, of B0 a fifth more.
	for _, want := range []string{"2026-W37, n = 200", "estimate 4.9", "last sale 5.9"} {
		if !strings.Contains(text, want) {
			t.Errorf("tooltip text lacks %q: %s", want, text[max(0, len(text)-300):])
		}
	}
	w.report(t)
}

// TestTooltipInBrowser moves the pointer over a row and expects its figures as text.
func TestTooltipInBrowser(t *testing.T) {
	ctx := newBrowser(t)
	var w witness
	w.watch(t, ctx)
	url := pageFile(t, writeWeekly(t, hostileWeekly()))
	openPage(t, ctx, url, 1000, true, "light")
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`(() => {
		const host = document.querySelector('#by-group .live');
		const chart = echarts.getInstanceByDom(host);
		const row = chart.getOption().series[0].data.findIndex(d => d.name.includes('n = 20\n'));
		chart.dispatchAction({type: 'showTip', seriesIndex: 0, dataIndex: row});
		return new Promise(done => setTimeout(() => done(host.textContent), 300));
	})()`, chromedp.EvalAwaitPromise))
	mustDo(t, err)
	// The row of 20 has a made-up median of 1.30 (hostileWeekly), its name is the first hostile text.
	for _, want := range []string{"median 1.30x retail", "</script><script>alert(1)</script>"} {
		if !strings.Contains(text, want) {
			t.Errorf("tooltip text lacks %q: %s", want, text[max(0, len(text)-300):])
		}
	}
	w.report(t)
}

// TestScreenshots leaves screenshots of every page in a folder where a person can
// look at them: of those that TestWritePage wrote there, and of real ones.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("GREYBOOK_PAGE_DIR")
	if dir == "" {
		t.Skip("GREYBOOK_PAGE_DIR is not set")
	}
	pages, err := filepath.Glob(filepath.Join(dir, "*.html"))
	mustDo(t, err)
	for _, file := range pages {
		ctx := newBrowser(t)
		for _, width := range []int64{360, 768, 1600} {
			for _, scheme := range []string{"light", "dark"} {
				for _, off := range []bool{false, true} {
					openPage(t, ctx, "file://"+file, width, !off, scheme)
					png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
					mustDo(t, err)
					script := map[bool]string{false: "live", true: "plain"}[off]
					name := strings.TrimSuffix(file, ".html") + fmt.Sprintf("-%d-%s-%s.png", width, scheme, script)
					mustDo(t, os.WriteFile(name, png, 0o644))
				}
			}
		}
	}
}
