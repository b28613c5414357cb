package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/data/sample"
)

func newSampleCommand(p *program) *cobra.Command {
	var dir string
	o := sample.Options{Seed: 990, Weeks: 156, Scale: 1}
	cmd := &cobra.Command{
		Use:     "sample",
		GroupID: groupBook,
		Short:   "Write three years of synthetic sales to try greybook with",
		Long: `Writes SYNTHETIC sales: invented prices of real styles, as three marketplaces export
them, with dirt as in life, exchange rates to go with them, and the truth that they
were made from. Nobody ever paid one of these prices. The same flags write the same
bytes. Files of these names that are there already are replaced.`,
		Example: `greybook sample
greybook sample -o out/small --scale 0.1 --seed 7`,
		Args: cobra.NoArgs,
	}
	cmd.Flags().StringVarP(&dir, "output", "o", filepath.Join("out", "sample"), "write into this `FOLDER`")
	cmd.Flags().Uint64Var(&o.Seed, "seed", o.Seed, "another `NUMBER` is another sample")
	cmd.Flags().IntVar(&o.Weeks, "weeks", o.Weeks, "cover the last `N` weeks up to 2026-11-15")
	cmd.Flags().Float64Var(&o.Scale, "scale", o.Scale, "sales, as a `FACTOR` of about 25,000")
	cmd.RunE = p.session(func(_ context.Context, s *session, _ []string) error {
		switch {
		case o.Seed == 0:
			return usagef("--seed: give a number from 1 up")
		case o.Weeks < 1:
			return usagef("--weeks: %d weeks are no time; give 1 to 1040", o.Weeks)
		case !(o.Scale > 0): // NaN is not
			return usagef("--scale: %g is not above 0", o.Scale)
		case dir == "":
			return usagef("-o: the path is empty")
		}
		ref, err := data.BuiltinReference()
		if err != nil {
			return err
		}
		made, err := sample.Generate(ref, o)
		if err != nil {
			return &usageError{err} // the reference is sound: it is the options
		}
		if err := made.Write(s.Path(dir)); err != nil {
			return err
		}
		return s.sampleDone(made, dir)
	})
	return cmd
}

// sampleDone prints what was written, and that none of it is real.
func (s *session) sampleDone(made sample.Sample, dir string) error {
	s.Note("SYNTHETIC: every sale, price and exchange rate in %s is invented", dir)
	for _, f := range made.Files {
		name := filepath.Join(dir, f.Name)
		sum := sha256.Sum256(f.Body)
		s.Rec.Output(fileRecord{name, int64(len(f.Body)), hex.EncodeToString(sum[:])})
		what := "the truth it was made from"
		if t, ok := made.Truth.Files[f.Name]; ok {
			what = fmt.Sprintf("%d rows, SYNTHETIC", t.Rows)
		}
		if _, err := fmt.Fprintf(s.Out, "%s (%s)\n", printable(name), what); err != nil {
			return err
		}
	}
	return nil
}
