using System.Runtime.InteropServices;

namespace Winnow.Cli;

/// <summary>
/// Turns Ctrl-C and SIGTERM into a cancellation: the first asks the work to stop, a second one ends the process at once.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private const string Saves = "stopping after this step and saving what there is; once more stops at once", Leaves = "stopping, and writing nothing; once more stops at once";

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="terminal">Where it says so.</param>
    /// <param name="quiet">Says nothing: another process does.</param>
    /// <param name="saves">Whether the work that is done is saved, and not lost.</param>
    public StopSignals(Terminal terminal, bool quiet = false, bool saves = true)
    {
        _registrations = [Register(PosixSignal.SIGINT), Register(PosixSignal.SIGTERM)];

        PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
        {
            if (_source.IsCancellationRequested)
            {
                // A progress bar hides the cursor, and the end that comes now leaves it no time to bring it back.
                if (terminal.Interactive)
                {
                    terminal.Error.Cursor.Show(true);
                }

                return;
            }

            context.Cancel = true;
            if (!quiet)
            {
                terminal.WriteNote(saves ? Saves : Leaves);
            }

            _source.Cancel();
        });
    }

    public CancellationToken Token => _source.Token;

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }
}
