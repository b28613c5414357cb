package main

import (
	"context"
	"fmt"
	"io"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

// The groups of commands in `greybook --help`, in the order printed.
const (
	groupBook    = "book"    // what goes into the book
	groupAsk     = "ask"     // what comes out, for people
	groupPublish = "publish" // what comes out, for pages and programs
	groupProgram = "program" // about greybook itself
)

// constructors lists the commands, one file each. To add a command, add its constructor.
func constructors() []func(*program) *cobra.Command {
	return []func(*program) *cobra.Command{
		newAnalyzeCommand,
		newBacktestCommand,
		newCheckCommand,
		newCompletionCommand,
		newConfigCommand,
		newDoctorCommand,
		newExplainCommand,
		newExportCommand,
		newFeedCommand,
		newGapsCommand,
		newHelpCommand,
		newIngestCommand,
		newRejectsCommand,
		newReportCommand,
		newResolveCommand,
		newRunsCommand,
		newSQLCommand,
		newSampleCommand,
		newServeCommand,
		newSourcesCommand,
		newSuspectsCommand,
		newUnmatchedCommand,
		newValueCommand,
		newVersionCommand,
	}
}

// program is one run of greybook: the command tree, and what its commands share.
type program struct {
	env     env
	out     *stickyWriter // env.Stdout
	root    *cobra.Command
	rec     *recorder
	talk    *talker
	started bool // a command's own code runs: errors are no longer usage errors

	// The flags of every command that are not settings.
	config  string
	summary string
	wait    time.Duration
}

// run does what args ask, prints what went wrong, and returns it for the exit code.
func run(ctx context.Context, e env, args []string) error {
	return newProgram(e, args).run(ctx, args)
}

func (p *program) run(ctx context.Context, args []string) error {
	err := settle(ctx, p.execute(ctx, args), p.out.err)
	if path := p.summaryPath(args, err); path != "" {
		if serr := p.rec.write(p.env, path, err); serr != nil {
			serr = fmt.Errorf("summary: %w", serr)
			if err == nil {
				err = serr
			} else {
				p.talk.say("warning: ", serr.Error())
			}
		}
	}
	p.report(err)
	return err
}

// execute parses args and runs the command; a panic comes back as a panicError.
func (p *program) execute(ctx context.Context, args []string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &panicError{v, debug.Stack()}
		}
	}()
	p.root.SetArgs(args)
	cmd, err := p.root.ExecuteContextC(ctx)
	if err != nil && !p.started {
		p.applyColorFlag()
		return asUsage(cmd, err)
	}
	return err
}

// report prints an error and its hints on stderr.
func (p *program) report(err error) {
	code := exitCode(err)
	if code == exitOK || code == exitBrokenPipe {
		return
	}
	p.talk.say("", err.Error())
	for _, h := range hints(err) {
		p.talk.say("hint: ", h)
	}
	bug, ok := err.(*panicError)
	switch {
	case ok && p.env.Getenv("GREYBOOK_DEBUG") != "":
		p.env.Stderr.Write(bug.stack)
	case ok:
		p.talk.say("hint: ", "this is a bug in greybook; GREYBOOK_DEBUG=1 shows where")
	}
}

// newProgram builds the command tree. It is built anew for each run: there is
// no state that one run could leave to the next.
func newProgram(e env, args []string) *program {
	p := &program{env: e, out: &stickyWriter{w: e.Stdout}, rec: newRecorder(e, args)}
	p.env.Stdout = p.out
	p.talk = &talker{w: e.Stderr}
	p.root = &cobra.Command{
		Use:   "greybook COMMAND",
		Short: "The grey market's blue book: what New Balance 990s really resell for",
		Long: `greybook keeps sale records of New Balance 990s in one DuckDB file, the book,
and answers from it what a version, a Grey Day colorway or a pair is worth.`,
		Example: `greybook sample
greybook ingest sales out/sample/synthetic-goat.csv
greybook report`,
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if v, _ := cmd.Flags().GetBool("version"); v {
				return printVersions(p.env)
			}
			return cmd.Help()
		},
	}
	p.root.SetIn(e.Stdin)
	p.root.SetOut(p.env.Stdout)
	p.root.SetErr(e.Stderr)
	p.root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { p.printHelp(cmd) })
	p.root.SetFlagErrorFunc(flagError)
	p.root.AddGroup(
		&cobra.Group{ID: groupBook, Title: "Fill the book:"},
		&cobra.Group{ID: groupAsk, Title: "Ask the book:"},
		&cobra.Group{ID: groupPublish, Title: "Publish:"},
		&cobra.Group{ID: groupProgram, Title: "About greybook:"},
	)
	p.addFlags()
	for _, construct := range constructors() {
		p.root.AddCommand(construct(p))
	}
	walk(p.root, p.prepare)
	return p
}

// addFlags gives the root its flags, and with them every command.
func (p *program) addFlags() {
	p.root.Flags().Bool("version", false, "print the versions and exit")
	all := p.root.PersistentFlags()
	all.SortFlags = false
	p.settingFlag(p.root, "book", "book")
	all.StringVar(&p.config, "config", "", "configuration `FILE`, instead of greybook.toml here or in the user's config folder")
	p.settingFlag(p.root, "as_of", "as-of")
	all.DurationVar(&p.wait, "wait", 0, "how long to wait for a locked book, a `DURATION` such as 30s")
	all.StringVar(&p.summary, "summary", "", "write a JSON summary of the run to `FILE`, also when it fails")
	p.settingFlag(p.root, "color", "color")
	p.settingFlag(p.root, "log_level", "log-level")
	p.settingFlag(p.root, "log_format", "log-format")
}

// prepare gives every command what all have in common.
func (p *program) prepare(cmd *cobra.Command) {
	cmd.SuggestionsMinimumDistance = 2
	cmd.DisableSuggestions = true // ours are hints, one line each
	cmd.DisableFlagsInUseLine = true
	cmd.Flags().SortFlags = false
	// Cobra would add --help later, and until then take "--color" for its value
	// in "greybook --help --color always".
	cmd.InitDefaultHelpFlag()
	if !cmd.Runnable() {
		// A command of commands, such as config. Cobra would print its help and
		// exit 0, even for a misspelt command, and a script would not notice.
		cmd.Args = cobra.ArbitraryArgs
		cmd.FParseErrWhitelist.UnknownFlags = true // the command is what is wrong, not its flags
		cmd.RunE = func(cmd *cobra.Command, args []string) error { return wrongSubcommand(cmd, args) }
		return
	}
	inner := cmd.RunE
	if inner == nil {
		panic(cmd.CommandPath() + " has Run, and needs RunE")
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		p.started = true
		p.rec.command(cmd.CommandPath())
		p.rec.wanted = p.summary != ""
		p.applyColorFlag()
		return inner(cmd, args)
	}
}

// walk calls do for cmd and all commands below it.
func walk(cmd *cobra.Command, do func(*cobra.Command)) {
	do(cmd)
	for _, c := range cmd.Commands() {
		walk(c, do)
	}
}

// talker prints talk on stderr, each message under the name of the program.
type talker struct {
	w        io.Writer
	color    bool
	progress *progress // cleared before anything is printed over it
}

// say prints "greybook: " and the message, made fit for a terminal. Errors of
// writing are dropped: there is nowhere left to tell them.
func (t *talker) say(prefix, message string) {
	name := "greybook:"
	if t.color {
		name = "\x1b[1mgreybook:\x1b[0m"
	}
	t.progress.clear()
	fmt.Fprintf(t.w, "%s %s%s\n", name, prefix, printable(message))
}
