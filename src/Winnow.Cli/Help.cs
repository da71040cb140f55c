using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Winnow.Cli;

/// <summary>The parser library's help at a readable width, with examples after it.</summary>
internal sealed class Help : SynchronousCommandLineAction
{
    private const int WidestLine = 100;

    private readonly HelpAction _inner;
    private readonly Terminal _terminal;
    private readonly (string Line, string Meaning)[] _examples;

    private Help(HelpAction inner, Terminal terminal, (string Line, string Meaning)[] examples)
    {
        (_inner, _terminal, _examples) = (inner, terminal, examples);
        _inner.MaxWidth = Math.Min(WidestLine, terminal.Out.Profile.Width);
    }

    /// <summary>Whoever asks for help needn't have given everything else.</summary>
    public override bool ClearsParseErrors => true;

    /// <summary>Gives a command its help.</summary>
    public static void AddTo(Command command, Terminal terminal, params (string Line, string Meaning)[] examples)
    {
        var option = new HelpOption("--help", "-h", "-?") { Description = "show this help" };
        option.Action = new Help((HelpAction)option.Action!, terminal, examples);
        command.Options.Add(option);
    }

    public override int Invoke(ParseResult parseResult)
    {
        var code = _inner.Invoke(parseResult);
        _terminal.WriteLine("Examples:");
        foreach (var (line, meaning) in _examples)
        {
            _terminal.WriteLine($"  {line}");
            _terminal.WriteLine($"      {meaning}");
        }

        return code;
    }
}
