using Winnow.Cli;

return CommandLine.Run(args, new Terminal(Console.Out, Console.Error, interactive: !Console.IsErrorRedirected), TimeProvider.System);
