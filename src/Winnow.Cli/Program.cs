using Winnow.Cli;
using Winnow.Cli.Options;

var terminal = new Terminal(Console.Out, Console.Error, interactive: !Console.IsErrorRedirected, outputIsTerminal: !Console.IsOutputRedirected, colours: NoColorOption.Colours(args));
return CommandLine.Run(args, terminal, TimeProvider.System);
