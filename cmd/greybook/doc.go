// Greybook is the command of the grey market's blue book: sale records in,
// price estimates and a weekly page out.
//
// # Adding a command
//
//  1. Write newXCommand(p *program) *cobra.Command in x.go, with Short, Long,
//     GroupID and an Example whose lines start with "greybook ".
//  2. Give it RunE: p.session(func(ctx context.Context, s *session, args []string) error {…}).
//  3. Add its flags; one that stands for a setting with p.settingFlag(cmd, "min_n", "min-n").
//  4. Add newXCommand to constructors in root.go.
//  5. Describe it in testdata/script/x.txtar, by what a user types and sees.
//
// A test refuses a command without help, and shows the help of each.
//
// # A run, step by step
//
//  1. main collects streams, signals, clock and terminal facts into an env. Below
//     it nothing touches os.Stdout, os.Getenv or time.Now.
//  2. run builds the command tree for this one run and parses the arguments.
//     Whatever goes wrong before a command's own code starts is a usageError.
//  3. The session is made: settings resolved (flag > environment > file > default),
//     log opened, as-of date fixed. A command checks its flags here, before it
//     opens a file or the book.
//  4. The command writes data to s.Out, or to a file by s.Output, and talks by
//     s.Note, s.Warn and s.Log. It records inputs, counts and steps in s.Rec.
//  5. run writes the --summary, prints the error and its hints, and returns it;
//     main turns it into the exit code.
//
// # The shell
//
// greybook sql without a query is a shell (shell.go). What is typed goes through an
// editor (shell_edit.go: keys in, a buffer changed, a screen drawn), or line by line
// where there is no terminal for that (shell_plain.go), and comes out as entries:
// statements, which the desk runs (sql_desk.go), and dot-commands (shell_dots.go). A
// result goes to the terminal, through a pager (shell_pager.go), or to the file of
// .output. A text with dot-commands in it, from a file or a pipe, takes the same way.
//
// # Errors
//
// Return usagef(…) for a wrong flag or setting (exit 2), refusedf(…) for data that
// is not good enough (exit 4), any other error for a failure (exit 1); add
// withHint(err, …) when there is something to try. Errors of package data find
// their exit code in exitCode, errors.go. A command whose context is cancelled
// returns the error it gets: run knows that it was interrupted.
//
// # Output
//
// s.Out is not buffered: wrap it in a bufio.Writer for many rows. A write to it
// that fails is remembered, so that an ignored error still fails the run; when
// the reader of a pipe has gone the run ends silently, with the code that the
// shell gives to any program stopped so (141).
package main
