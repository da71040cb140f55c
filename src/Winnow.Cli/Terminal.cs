using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Winnow.Cli;

/// <summary>
/// Where a command writes: results to <see cref="Out"/>, progress and messages to <see cref="Error"/>, so that a pipe carries results only.
/// </summary>
internal sealed class Terminal
{
    private const int PlainWidth = 160;

    private readonly TextWriter _output;

    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="interactive">Whether a person watches standard error: bars move there, plain lines are written elsewhere.</param>
    public Terminal(TextWriter output, TextWriter error, bool interactive)
    {
        _output = output;
        Interactive = interactive;
        Out = Create(output, interactive && !Console.IsOutputRedirected);
        Error = Create(error, interactive);
    }

    public IAnsiConsole Out { get; }

    public IAnsiConsole Error { get; }

    public bool Interactive { get; }

    /// <summary>Writes one JSON document and nothing else to standard output.</summary>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type)
    {
        _output.WriteLine(JsonSerializer.Serialize(value, type));
        _output.Flush();
    }

    /// <summary>One message in the form of all of them.</summary>
    public void WriteError(string message) => Error.MarkupLineInterpolated($"[red]winnow:[/] {message}");

    /// <summary>Something the user should know, which stops nothing.</summary>
    public void WriteNote(string message) => Error.MarkupLineInterpolated($"[grey]{message}[/]");

    private static IAnsiConsole Create(TextWriter writer, bool terminal)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        if (!terminal)
        {
            console.Profile.Width = PlainWidth;
        }

        return console;
    }
}
