using System.Text;
using Microsoft.Win32.SafeHandles;
using Spectre.Console;

namespace Winnow.Cli;

/// <summary>Standard streams as a program of hours has to take them: closed, full or without a reader, at its beginning or at any moment later.</summary>
internal static class StandardStreams
{
    private const int Last = 2;

    private static readonly List<SafeFileHandle> s_kept = [];

    /// <summary>
    /// Opens what is closed of standard input, output and error to nothing: the next file that the program opens would get its number, and then the lines meant for
    /// people. To be called before anything else is opened.
    /// </summary>
    public static void Open()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        // The system gives the lowest number that is free.
        for (; ; )
        {
            var handle = File.OpenHandle("/dev/null", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (handle.DangerousGetHandle() > Last)
            {
                handle.Dispose();
                return;
            }

            s_kept.Add(handle);
        }
    }
}

/// <summary>A stream of text that may fail at any moment without ending the program: what comes after is left out, and the first failure remembered.</summary>
/// <param name="inner">Where it goes.</param>
internal sealed class ForgivingWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    /// <summary>Why not all could be written; null while all was.</summary>
    public Exception? Failure { get; private set; }

    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(value, static (writer, value) => writer.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try((buffer, index, count), static (writer, part) => writer.Write(part.buffer, part.index, part.count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value) => Try(value, static (writer, value) => writer.Write(value));

    public override void WriteLine() => Try(0, static (writer, _) => writer.WriteLine());

    // In one piece, so that lines of several processes don't run into each other.
    public override void WriteLine(string? value) => Try(value, static (writer, value) => writer.WriteLine(value));

    public override void WriteLine(ReadOnlySpan<char> buffer) => WriteLine(buffer.ToString());

    public override void Flush() => Try(0, static (writer, _) => writer.Flush());

    private void Try<T>(T value, Action<TextWriter, T> write)
    {
        if (Failure is not null)
        {
            return;
        }

        try
        {
            write(inner, value);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException)
        {
            Failure = error;
        }
    }
}

/// <summary>A writer as the console library wants it: whether it is a terminal is known to who made it, since the writer isn't the system's own.</summary>
/// <param name="writer">Where it goes.</param>
/// <param name="terminal">Whether that is a terminal.</param>
internal sealed class ConsoleOutput(TextWriter writer, bool terminal) : IAnsiConsoleOutput
{
    private readonly AnsiConsoleOutput _sized = new(Console.Out);

    public TextWriter Writer => writer;

    public bool IsTerminal => terminal;

    public int Width => _sized.Width;

    public int Height => _sized.Height;

    public void SetEncoding(Encoding encoding)
    {
        // The system's own streams keep theirs.
    }
}
