package ingest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/amassable/greybook/data"
)

// shoes is a small reference of invented colours, in the shapes of the real one.
func shoes(t testing.TB) data.Reference {
	t.Helper()
	var ref data.Reference
	read := func(read func(string, string) []data.RowError, name, text string) {
		for _, bad := range read(name, text) {
			t.Fatal(bad)
		}
	}
	read(func(name, text string) []data.RowError {
		bad, err := ref.ReadStyles(name, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return bad
	}, "styles", `style_id,style_code,model,version,colorway,release_date,made_in,audience,collab,source,confidence
M990GL6,M990GL6,990,v6,Grey / Castlerock,2022-11-04,USA,men,,test,high
W990GL6,W990GL6,990,v6,Grey (W),2023-02-25,USA,women,,test,high
GC990GL6,GC990GL6,990,v6,Grey (GS),2023-02-25,,kids,,test,high
M990ZA6,M990ZA6,990,v6,Zeta Brothers Grey,2023-03-01,USA,men,Zeta Brothers,test,high
M990TA6,M990TA6,990,v6,Teddy Santis Teal Amber,2023-03-01,USA,men,,test,high
M990TB6,M990TB6,990,v6,Teal Black,2023-03-01,USA,men,,test,high
M990TA4,M990TA4,990,v4,Teal Amber,2022-03-01,USA,unisex,,test,high
990v6-grey-day,,990,v6,Mist Indigo (Grey Day 2023),2023-05-12,USA,,,test,high
990v6-zeta-rust,,990,v6,Zeta Brothers Rust,2024-05-12,USA,,Zeta Brothers,test,high
997-grey-day-a,,997,,Grey Day 2019 Seen,2019,,,,test,high
997-grey-day-b,,997,,Grey Day 2019 Unseen,2019,,,,test,high
M992TL,M992TL,992,,Teal,2020-03-01,USA,men,,test,high
M991TL,M991TL,991,,Teal,2020-03-01,UK,men,,test,high
ML574TL,ML574TL,574,,Teal,,Asia,men,,test,high
ML574ZB,ML574ZB,574,,Zeta Brothers Teal,,Asia,men,Zeta Brothers,test,high
`)
	read(func(name, text string) []data.RowError {
		bad, err := ref.ReadGreyDays(name, strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return bad
	}, "grey_days", `year,date,style_id,source,confidence
2023,2023-05-12,990v6-grey-day,test,high
2019,,997-grey-day-a,test,high
2019,,997-grey-day-b,test,high
`)
	ref.Aliases = []data.Alias{
		{Alias: "New Balance 990v6 MiUSA Grey", StyleID: "M990GL6", Source: "test"},
		{Alias: "The Grey Lady", StyleID: "W990GL6", Source: "test"},
		{Alias: "990v6 Made in USA Grey Day 2023", StyleID: "990v6-grey-day", Source: "test"},
		{Alias: "990V6GREYA", StyleID: "M990GL6", Source: "test"},
	}
	return ref
}

// short is a match in short: style method, model version audience; guesses.
func short(m match) string {
	var g []string
	for _, x := range m.guesses {
		g = append(g, x.styleID)
	}
	out := strings.Join(strings.Fields(fmt.Sprint(m.styleID, " ", m.method, " ", m.model, m.version, " ", m.audience)), " ")
	if len(g) > 0 {
		out += " ? " + strings.Join(g, " ")
	}
	return out
}

func TestMatch(t *testing.T) {
	m := newMatcher(shoes(t))
	for _, c := range []struct{ code, title, want string }{
		// The order: code, code in the title, alias, words.
		{"M990GL6", "", "M990GL6 code 990v6 men"},
		{"m990-gl6 2E", "New Balance 990v6 Grey", "M990GL6 code 990v6 men"},
		{"W990GL6/M990GL6", "", "W990GL6 code 990v6 women"},
		{"", "New Balance M990GL6 Grey", "M990GL6 code_in_title 990v6 men"},
		{"", "New Balance M990-GL6 Grey", "M990GL6 code_in_title 990v6 men"},
		{"", "New Balance M990 GL6 Grey", "M990GL6 code_in_title 990v6 men"},
		{"", "the grey lady", "W990GL6 alias 990v6 women"},
		{"990v6greya", "", "M990GL6 alias 990v6 men"},
		{"", "990V6 'Teal Amber'", "M990TA6 words 990v6 men"},
		{"", "New Balance 990v6 Made in USA Teal/Amber Size 10.5", "M990TA6 words 990v6 men"},
		{"", "New Balance Teddy Santis 990-v4 Teal & Amber", "M990TA4 words 990v4 unisex"},
		{"", "New Balance 990v4 Amber & Teal", "none 990v4 ? M990TA4"}, // the order of colours counts
		{"", "NB 990v6 Gray Men's shoes", "M990GL6 words 990v6 men"},
		{"", "New Balance 990v6 Teal Black (2023)", "M990TB6 words 990v6 men"}, // the year of its release

		// Version and audience must agree, and are known where the style isn't.
		{"", "New Balance 990v5 Teal Amber", "none 990v5"},
		{"", "New Balance 990 Teal Amber", "none 990 ? M990TA4 M990TA6 M990TB6"},
		{"", "New Balance 990 Zeta Brothers Rust", "990v6-zeta-rust words 990v6"}, // the collaborator leaves no doubt
		{"", "New Balance (W) 990v6 Grey", "W990GL6 words 990v6 women"},
		{"", "New Balance 990v6 Grey (GS)", "GC990GL6 words 990v6 kids"},
		{"", "New Balance 990v6 Teal Amber (GS)", "none 990v6 kids"},
		{"", "New Balance 990v6 Wmns Teal Amber", "none 990v6 women"},
		{"M990QQ6", "", "none 990v6 men"},
		{"W990QQ", "New Balance 990v3 Teal", "none 990v3 women"},
		{"U990V4-41721", "", "none 990v4"},

		// What only one of title and style says counts against both.
		{"", "New Balance 990v6 Zeta Brothers Grey", "M990ZA6 words 990v6 men"},
		{"", "New Balance 990v6 Grey Rust", "none 990v6 ? M990GL6 990v6-zeta-rust M990ZA6"},
		{"", "New Balance 990v6 Teal", "none 990v6 ? M990TA6 M990TB6"},
		{"", "New Balance 990v6 Teal Amber Nobody Ltd Moon", "none 990v6 ? M990TA6"},
		{"", "New Balance 990v6", "none 990v6"},

		// An unknown code leaves only styles whose code nobody knows.
		{"M990QQ6", "New Balance 990v6 Teal Amber", "none 990v6 men ? M990TA6 M990TB6"},
		{"U990QQ6", "New Balance 990v6 Zeta Brothers Rust", "990v6-zeta-rust words 990v6 unisex"},
		{"DM7866 200", "New Balance 990v6 Teal Amber", "none 990v6 ? M990TA6 M990TB6"},

		// Grey Day: by the words and the list, never by the colour.
		{"", "990v6 Made in USA Grey Day 2023", "990v6-grey-day alias 990v6"},
		{"", "New Balance 990v6 Mist Indigo Grey Day", "990v6-grey-day words 990v6"},
		{"", "New Balance 990v6 Mist Indigo", "none 990v6"},
		{"", "New Balance 990v6 Mist Indigo Grey Day 2024", "none 990v6"},
		{"", "New Balance 990v6 Teal Amber Grey Day", "none 990v6 ? M990TA6 990v6-grey-day M990TB6"},
		{"", "New Balance 997 Grey Day 2019", "none 997 ? 997-grey-day-a 997-grey-day-b"},
		{"", "New Balance 997 Grey Day 2019 Unseen", "997-grey-day-b words 997"},

		// A title that contradicts its code.
		{"M990GL6", "New Balance 990v5 Grey", "conflict ? M990GL6"},
		{"M990GL6", "New Balance 992 Teal", "conflict ? M992TL M990GL6"},
		{"M990GL6", "Nike Dunk", "conflict ? M990GL6"},
		{"M990GL6", "New Balance 990v6 Grey GS", "conflict kids ? GC990GL6 M990GL6"},
		{"GC990QQ6", "New Balance 990v6 Men's Grey", "conflict men ? M990GL6 M990ZA6"},
		{"M990GL6", "New Balance 990v6 Teal Amber", "conflict ? M990TA6 M990GL6 M990TB6"},
		{"", "New Balance 990v5 M990GL6", "conflict ? M990GL6"},
		{"", "New Balance M990GL6 W990GL6", "none ? M990GL6 W990GL6"},
		{"M990GL6", "New Balance 990v6 Castle", "M990GL6 code 990v6 men"},

		// Other brands, other shoes, and numbers that are none.
		{"", "990 Teal Amber", "none"},
		{"", "Form 990", "none"},
		{"", "Form990 Teal", "none"},
		{"", "LG-U990 Teal", "none"},
		{"", "New Balance 990 Sport Teal Amber", "none 990 sport"},
		{"", "New Balance 327 Teal, was 990.0", "none 327"},
		{"", "Adidas 990v6 Teal Amber", "none"},
		{"", "New Balance x Nike 990v6 Teal Amber", "none 990v6 ? M990TA6 M990TB6"},
		{"", "New Balance 990v6 Teal Amber Hoodie", "none"},
		{"", "New Balance 574 Teal", "none 574 ? ML574TL ML574ZB"},
		{"", "New Balance 574 Zeta Brothers Teal", "ML574ZB words 574 men"},
		{"", "574 Teal", "none"},
		{"", "992 Teal", "none"},
		{"", "992 Made in USA 'Teal'", "M992TL words 992 men"},
		{"", "Zeta Brothers x 992 Teal", "none 992 ? M992TL"},
		{"", "Acme 992 Made in USA Teal", "none"},
		{"", "New Balance 991 Made in USA Teal", "none 991"}, // the style is made in the UK
		{"", "", "none"},
	} {
		if got := short(m.match(c.code, c.title, nil)); got != c.want {
			t.Errorf("%q, %q:\n got %s\nwant %s", c.code, c.title, got, c.want)
		}
	}
}

// The 990 has nine styles here: teal is in the names of three, amber of two, black of
// one. The words weigh ln(1+9/3) = 1.3863, ln(1+9/2) = 1.7047, ln(1+9/1) = 2.3026. A
// title that has only teal fits "Teal Amber" by 1.3863 / (1.3863+1.7047) = 0.4485 and
// "Teal Black" by 1.3863 / (1.3863+2.3026) = 0.3758.
func TestMatchScore(t *testing.T) {
	m := newMatcher(shoes(t))
	for title, want := range map[string]float64{
		"New Balance 990v6 Teal Black": 1, "New Balance 990v6 Teal": 0, "New Balance M990GL6": 1, "the grey lady": 1,
	} {
		if got := m.match("", title, nil).score; got != want {
			t.Errorf("%q scores %v, want %v", title, got, want)
		}
	}
	got := m.match("", "New Balance 990v6 Teal", nil).guesses
	if want := []guess{{"M990TA6", 0.4485}, {"M990TB6", 0.3758}}; !slices.Equal(got, want) {
		t.Errorf("guesses %v, want %v", got, want)
	}
}

// titleText draws titles of words that mean something here, and some that don't.
func titleText(t *rapid.T) string {
	word := rapid.SampledFrom(strings.Fields(`New Balance NB 990 990v6 990v4 v6 990-V5 992 997 574 327 Grey Gray Day Days GREYDAY 2023 2019 Teal Amber Black Mist Indigo
		Zeta Brothers Rust Seen Unseen (W) (GS) Wmns Men's M990GL6 M990-GL6 W990GL6 GC990GL6 Made in USA MiUSA UK Nike hoodie Size 10.5 2E - / & ' ( ) $ 990.0 그레이 데이 뉴발란스 é`))
	parts := rapid.SliceOfN(rapid.OneOf(word, word, word, rapid.String()), 0, 9).Draw(t, "parts")
	return strings.Join(parts, rapid.SampledFrom([]string{" ", "  ", "-"}).Draw(t, "glue"))
}

func TestMatchProperties(t *testing.T) {
	m := newMatcher(shoes(t))
	again := newMatcher(shoes(t))
	rapid.Check(t, func(t *rapid.T) {
		title := titleText(t)
		code := rapid.SampledFrom([]string{"", "", "M990GL6", "M990QQ6", "990v6-grey-day", "N/A", "X1234"}).Draw(t, "code")
		got := m.match(code, title, nil)
		if diff := cmp.Diff(got, again.match(code, title, nil), cmp.AllowUnexported(match{}, guess{})); diff != "" {
			t.Fatalf("%q, %q another time: %s", code, title, diff)
		}
		if isASCII(title) {
			for _, same := range []string{strings.ToUpper(title), strings.ToLower(title), strings.ReplaceAll(title, " ", "  "), " " + title + " "} {
				if diff := cmp.Diff(got, m.match(code, same, nil), cmp.AllowUnexported(match{}, guess{})); diff != "" {
					t.Fatalf("%q, %q as %q: %s", code, title, same, diff)
				}
			}
		}
		listed := strings.Contains(got.styleID, "grey-day")
		if listed && got.method == "words" && !readTitle(title).greyDay {
			t.Fatalf("%q, %q gives %s by words", code, title, got.styleID)
		}
		if slices.ContainsFunc(got.guesses, func(g guess) bool { return g.score < leastGuess || g.score > 1 }) || len(got.guesses) > mostGuesses {
			t.Fatalf("%q, %q gives guesses %v", code, title, got.guesses)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}

// FuzzTitle holds what must be true of the facts of any title.
func FuzzTitle(f *testing.F) {
	for _, s := range []string{"New Balance 990v6 Grey", "뉴발란스 990v6 그레이 데이 - 2E 와이드", "\xff990", "(((", "57/40", "made in", "size 6y", "990 v", "version", "new", "Ǆ990"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, title string) {
		got := readTitle(title)
		if got.version != "" && (got.model == "" || len(got.version) != 2) {
			t.Fatalf("%q is %+v", title, got)
		}
		seen := map[string]bool{}
		for _, w := range got.words {
			if w == "" || seen[w] {
				t.Fatalf("%q has the words %q", title, got.words)
			}
			seen[w] = true
		}
	})
}

// A megabyte of distinct words, or of one, takes no longer than reading it.
func TestMatchLongTitle(t *testing.T) {
	m := newMatcher(shoes(t))
	var words strings.Builder
	for i := range 150_000 {
		fmt.Fprintf(&words, "w%da ", i)
	}
	start := time.Now()
	for _, title := range []string{words.String(), strings.Repeat("그", 400_000), strings.Repeat("(", 1_000_000), strings.Repeat("M990GL6 W990GL6 ", 60_000)} {
		if got := m.match("", "New Balance 990v6 "+title, nil); got.styleID != "" || got.version != "v6" {
			t.Errorf("%.20s… gives %s", title, short(got))
		}
	}
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
}

func BenchmarkMatch(b *testing.B) {
	m := builtinMatcher(b)
	titles := []string{"New Balance 990v6 MiUSA Grey", "New Balance 990v4 Made in USA Grey Day 2023", "990v3 Made in USA 'Green Gold'", "NEW BALANCE 990V6 MADE IN USA TEAL AMBER",
		"New Balance 992 Joe Freshgoods No Emotions size 10.5", "adidas Yeezy Boost 350 V2 Beluga", "New Balance 2002R Protection Pack", "뉴발란스 990v6 메이드 인 USA 그레이 - D 스탠다드",
		"*RARE* New Balance 990v5 Sky with box", "New Balance 993 Kith Spring 101"}
	for i := 0; b.Loop(); i++ {
		m.match("", titles[i%len(titles)], nil)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "titles/s")
}
