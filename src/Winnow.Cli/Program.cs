using Winnow.Cli;

var terminal = new Terminal(Console.Out, Console.Error, interactive: !Console.IsErrorRedirected, outputIsTerminal: !Console.IsOutputRedirected);
return CommandLine.Run(args, terminal, TimeProvider.System);
