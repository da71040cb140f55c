using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Spectre.Console;

namespace Winnow.Cli;

/// <summary>
/// Where a command writes: results to <see cref="Out"/>, progress and messages to <see cref="Error"/>, so that a pipe carries results only.
/// </summary>
internal sealed class Terminal
{
    private const int PlainWidth = 120;

    private readonly TextWriter _output;
    private readonly TextWriter _error;
    private readonly bool _outputIsTerminal;

    /// <param name="output">Standard output.</param>
    /// <param name="error">Standard error.</param>
    /// <param name="interactive">Whether a person watches standard error: bars move there, plain lines are written elsewhere.</param>
    /// <param name="outputIsTerminal">Whether standard output is a terminal, whose width and colours count.</param>
    /// <param name="colours">Whether a terminal may show colours, if it can.</param>
    public Terminal(TextWriter output, TextWriter error, bool interactive, bool outputIsTerminal = false, bool colours = true)
    {
        (_output, _error, _outputIsTerminal) = (output, error, outputIsTerminal);
        Interactive = interactive;
        Out = Create(output, outputIsTerminal, colours);
        Error = Create(error, interactive, colours);
    }

    public IAnsiConsole Out { get; }

    public IAnsiConsole Error { get; }

    public bool Interactive { get; }

    /// <summary>Put before the text of errors: which of several processes says so.</summary>
    public string Speaker { get; set; } = "";

    /// <summary>Whether errors are told; not where another process tells them.</summary>
    public bool TellsErrors { get; set; } = true;

    /// <summary>Writes one JSON document and nothing else to standard output.</summary>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type)
    {
        _output.WriteLine(JsonSerializer.Serialize(value, type));
        _output.Flush();
    }

    /// <summary>A sentence of the result: wrapped between words on a terminal, one line elsewhere.</summary>
    public void WriteLine(string text)
    {
        if (_outputIsTerminal)
        {
            Out.WriteLine(text);
        }
        else
        {
            _output.WriteLine(text);
        }
    }

    /// <summary>One message in the form of all of them.</summary>
    public void WriteError(string message)
    {
        if (TellsErrors)
        {
            WriteMessage("red", "winnow:", $" {Speaker}{message}");
        }
    }

    /// <summary>Something the user should know, which stops nothing.</summary>
    public void WriteNote(string message) => WriteMessage("grey", message, "");

    /// <summary>How far the work is.</summary>
    public void WriteProgress(string line)
    {
        if (Interactive)
        {
            Error.WriteLine(line);
        }
        else
        {
            _error.WriteLine(line);
        }
    }

    private void WriteMessage(string colour, string coloured, string plain)
    {
        if (Interactive)
        {
            Error.MarkupLine($"[{colour}]{Markup.Escape(coloured)}[/]{Markup.Escape(plain)}");
        }
        else
        {
            _error.WriteLine(coloured + plain);
        }
    }

    private static IAnsiConsole Create(TextWriter writer, bool terminal, bool colours)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal && colours ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
            Out = new ConsoleOutput(writer, terminal),
        });
        if (!terminal)
        {
            console.Profile.Width = PlainWidth;
        }

        return console;
    }
}
