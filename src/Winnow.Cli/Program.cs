using Winnow.Cli;
using Winnow.Cli.Options;

StandardStreams.Open();
var (output, error) = (new ForgivingWriter(Console.Out), new ForgivingWriter(Console.Error));
var terminal = new Terminal(output, error, interactive: !Console.IsErrorRedirected, outputIsTerminal: !Console.IsOutputRedirected, colours: NoColorOption.Colours(args));
var code = CommandLine.Run(args, terminal, TimeProvider.System);
output.Flush();
if (output.Failure is not { } failure || code != ExitCode.Done)
{
    return code;
}

// What was asked for is done, but who asked hasn't got it.
terminal.WriteError($"standard output couldn't be written: {failure.Message.TrimEnd('.')}. What a run leaves is in its folder, result.json included.");
return ExitCode.Failed;
