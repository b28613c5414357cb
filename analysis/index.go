package analysis

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// Weighting says what counts in an index, and how much.
type Weighting string

// The weightings of `analyze index --weighting`.
const (
	WeighSales  Weighting = "sale"   // one sale, one vote: what sold; the headline
	WeighStyles Weighting = "style"  // one vote for each style in each week it sold: what a catalog holds
	RepeatSales Weighting = "repeat" // repeat sales, a cross-check: the same style, size and condition in one week and the next it sold
)

// Weightings lists them, the headline first.
func Weightings() []Weighting { return []Weighting{WeighSales, WeighStyles, RepeatSales} }

// The segments that have a name of their own; the others are models ("990") and
// versions of a model ("990v6").
const (
	SegmentAll     = "all"
	SegmentGreyDay = "grey_day" // styles on the list of Grey Day releases
)

// A segment has an index from this many sales on, of this many styles that sold in
// two weeks or more, in this many weeks. Below that the bands would be as wide as
// the market's whole range, and a band of so few clusters can't be trusted.
const (
	indexMinSales  = 100
	indexMinStyles = 3
	indexMinWeeks  = 8
)

// SizeRole says what a size is to an index.
type SizeRole string

// What sizes can be.
const (
	SizeIgnored SizeRole = ""
	SizeBands   SizeRole = "band"  // an effect for each size band
	SizeEffects SizeRole = "size"  // an effect for each size
	SizeAssets  SizeRole = "asset" // a style in another size is another style
)

// IndexModel is the regression behind an index:
//
//	ln multiple = style + week + size + condition + age since release
//
// The zero value is plain least squares on styles and weeks, without a tie: with
// SizeAssets, the verification mode of ../shared/cases/stockx_weekly_index.
type IndexModel struct {
	Size   SizeRole
	Age    bool    // bands of days since release: before, 0–13, 14–27, 28–55, 56–90; 91 and more is the reference
	Huber  bool    // far residuals count less
	Lambda float64 // tie of neighbouring weeks, as stat.TPDOptions has it
}

// ModelInUse is the regression that greybook publishes.
func ModelInUse() IndexModel {
	return IndexModel{Size: SizeBands, Age: true, Huber: true, Lambda: stat.LikelihoodLambda}
}

// IndexSpec asks for market indexes.
type IndexSpec struct {
	Segments   []string    // nil: all, 990, grey_day and each version with enough sales
	Weightings []Weighting // nil: the headline
	AsOf       data.Date   // nothing sold after this day is seen, nor is its week unless it is over; zero: no bound
	Condition  string      // "": new; AnyCondition: all, with an effect for each
	Level      float64     // of the intervals, 0.95 unless told otherwise
	Model      *IndexModel // nil: the one in use
}

// AnyCondition asks for pairs of every condition.
const AnyCondition = "any"

// Index is the answer: series by segment, in the order asked for, and weighting.
type Index struct {
	Spec        IndexSpec
	N           int // sales of all segments, each once
	Synthetic   int // of these, how many come from synthetic files
	FirstSoldOn data.Date
	LastSoldOn  data.Date
	Published   data.Date // the as-of day of the newest vintage that the series continue; zero: none
	Series      []IndexSeries
	Refused     []IndexRefusal
}

// IndexSeries is the index of one segment by one weighting.
type IndexSeries struct {
	Segment   string
	Weighting Weighting
	Base      data.Date // Monday of the week in which it is 100
	N         int       // sales; of repeat sales, pairs
	Styles    int       // styles sold
	Lambda    float64   // tie of neighbouring weeks as used, in sales
	Sigma     float64   // standard deviation of a sale around the fit, log points; NaN when it can't be said
	Link      float64   // what was added to the logs of the refit to join the frozen weeks; 0 without
	Effects   []IndexEffect
	Changes   []IndexChange // over 1, 4 and 52 weeks, as far as the weeks go back
	Rows      []IndexRow    // one for each week from the first to the last with a sale, ascending
}

// IndexChange is how the last week stands to the one so many weeks before: shares, 0.02 for
// 2 % more. The interval knows what the errors of the two weeks have in common, and so is
// narrower than theirs would say; nil where the sales give none.
type IndexChange struct {
	Weeks  int
	Share  float64
	Lo, Hi *float64
}

// IndexEffect is what a covariate does to the price, at else equal.
type IndexEffect struct {
	Name string  // "size 7-8.5", "age 0-13"
	Log  float64 // log points over the reference; NaN where the sales can't tell
	SE   float64
}

// IndexRow is one week.
type IndexRow struct {
	Week     data.Date // its Monday
	Index    float64   // 100 in the base week
	SE       *float64  // standard error of its log change since the base week; nil where the sales give none
	Lo, Hi   *float64  // the interval of the index at the level
	N        int       // sales of the week; of repeat sales, pairs that end in it
	Styles   int       // styles sold in it
	Frozen   bool      // published, and not to be changed again
	Refit    float64   // what the refit of now makes of the week, linked: the same as Index unless Frozen
	Was      *float64  // what was published before, where that is another value
	Warnings []string
}

// IndexRefusal is a segment that has no index.
type IndexRefusal struct {
	Segment string
	Reason  string
}

// UnknownSegmentError says that a text names no segment of the book.
type UnknownSegmentError struct {
	Name  string
	Known []string
}

func (e *UnknownSegmentError) Error() string {
	return fmt.Sprintf("no segment %q; there are %s", e.Name, strings.Join(e.Known, ", "))
}

// ComputeIndex makes market indexes: how the level of multiples moved for the same
// pairs, whatever the mix that sold in a week. It fits all weeks anew, each segment
// by itself, and then holds to what was published (PublishIndex) up to the day it
// is asked for: frozen weeks keep their value, and the others are linked to them.
//
// Assumed: what moves a style's price is its segment's week, its age and its own
// constant level; what sold in a week is a fair draw of what was for sale. It
// misleads where a style goes out of fashion by itself (its fall becomes the
// market's, by as much as it sells), where one marketplace with other prices takes
// over, and in weeks of few sales, whose value is mostly that of their neighbours. Its
// warnings say where all sales are of one marketplace or one size, the retail prices
// doubtful, and on the last week that nothing was sold for four weeks. The standard errors take the sales of a style as going together.
//
// Errors: *UnknownSegmentError. A segment with too few sales is a refusal, not an error.
func ComputeIndex(ctx context.Context, b *data.Book, spec IndexSpec) (Index, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return Index{}, err
	}
	defer s.Close()
	return computeIndex(ctx, s, spec)
}

func computeIndex(ctx context.Context, s *data.Session, spec IndexSpec) (Index, error) {
	spec = spec.whole()
	x := Index{Spec: spec}
	old, err := publishedIndexes(ctx, s, spec)
	if err != nil {
		return x, fmt.Errorf("index: %w", err)
	}
	m, err := readMarket(ctx, s, spec, old)
	if err != nil {
		return x, fmt.Errorf("index: %w", err)
	}
	return m.index(ctx, old)
}

// index fits the market's segments and holds them to what was published.
func (m *indexMarket) index(ctx context.Context, old map[seriesKey]*publishedIndex) (Index, error) {
	spec := m.spec
	x := Index{Spec: spec}
	x.N, x.Synthetic, x.FirstSoldOn, x.LastSoldOn = m.n, m.synthetic, m.firstSold, m.lastSold
	segments := spec.Segments
	if segments == nil {
		segments = m.usualSegments()
	}
	var fits []*seriesFit
	for _, name := range segments {
		keep := m.segment(name)
		if keep == nil {
			models, versions := m.segmentNames()
			return x, &UnknownSegmentError{name, slices.Concat([]string{SegmentAll, SegmentGreyDay}, models, versions)}
		}
		g := m.segmentOf(name, keep)
		if reason := g.refusal(); reason != "" {
			x.Refused = append(x.Refused, IndexRefusal{name, reason})
			continue
		}
		for _, w := range spec.Weightings {
			fits = append(fits, &seriesFit{group: g, weighting: w, old: old[seriesKey{name, w}]})
		}
	}
	fitAll(ctx, fits)
	for _, f := range fits {
		if reason := refusalOf(f.err); reason != "" {
			x.Refused = append(x.Refused, IndexRefusal{f.group.name, reason})
			continue
		}
		if f.err != nil {
			return x, fmt.Errorf("index of %s by %s: %w", f.group.name, f.weighting, f.err)
		}
		x.Series = append(x.Series, f.series)
		if f.old != nil {
			x.Published = max(x.Published, f.old.asOf)
		}
	}
	return x, nil
}

// seriesFit is a series to be fitted.
type seriesFit struct {
	group     *indexGroup
	weighting Weighting
	old       *publishedIndex // nil: not published
	fit       *indexFit
	series    IndexSeries
	err       error
}

// fitAll fits on all processors: a fit by itself uses one, and doesn't depend on the
// others. Segments of the same sales share a fit: in a book of 990s alone, all is 990.
func fitAll(ctx context.Context, fits []*seriesFit) {
	next, first := make(chan *seriesFit), map[string]*seriesFit{}
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(fits)) {
		workers.Go(func() {
			for s := range next {
				if s.err = ctx.Err(); s.err == nil {
					s.fit, s.err = s.group.fit(s.weighting, s.old)
				}
			}
		})
	}
	for _, s := range fits {
		if name := s.sales(); first[name] == nil {
			first[name] = s
			next <- s
		}
	}
	close(next)
	workers.Wait()
	for _, s := range fits {
		same := first[s.sales()]
		if s.fit, s.err = same.fit, same.err; s.err == nil {
			s.series = s.group.series(s.fit, s.weighting, s.old)
		}
	}
}

// sales names what is fitted: two of the same name give the same fit.
func (s *seriesFit) sales() string {
	from, to := s.group.span(s.old)
	return fmt.Sprintf("%s %d %d %v", s.weighting, from, to, s.group.sells)
}

// whole is the question with nothing left unsaid.
func (s IndexSpec) whole() IndexSpec {
	if s.Weightings == nil {
		s.Weightings = []Weighting{WeighSales}
	}
	if s.Condition == "" {
		s.Condition = "new"
	}
	if s.Level == 0 {
		s.Level = 0.95
	}
	return s
}

// model is the regression asked for.
func (s IndexSpec) model() IndexModel {
	if s.Model == nil {
		return ModelInUse()
	}
	return *s.Model
}

// condition is the one condition that counts; "" for all.
func (s IndexSpec) condition() string {
	if s.Condition == AnyCondition {
		return ""
	}
	return s.Condition
}

// lastDay is the last day that counts: the Sunday of the last week that is over.
func (s IndexSpec) lastDay() data.Date {
	if s.AsOf.IsZero() {
		return s.AsOf
	}
	return s.AsOf.AddDays(1).Monday().AddDays(-1)
}

// publishable reports whether the series are those that are published.
func (s IndexSpec) publishable() bool { return s.Model == nil && s.condition() == "new" }

// ParseWeighting reads the name of a weighting.
func ParseWeighting(name string) (Weighting, error) {
	if w := Weighting(strings.TrimSpace(name)); slices.Contains(Weightings(), w) {
		return w, nil
	}
	return "", fmt.Errorf("no weighting %q; there are %v", name, Weightings())
}

// Status is frozen, or provisional: the week may still change.
func (r IndexRow) Status() string {
	if r.Frozen {
		return "frozen"
	}
	return "provisional"
}
