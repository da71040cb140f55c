using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using Winnow.Catalog;
using Winnow.Cli.Commands;
using Winnow.Data;
using Winnow.Torch;
using Winnow.Training;
using Winnow.Training.Records;

namespace Winnow.Cli;

/// <summary>The verbs, and how their failures become messages and exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    public static int Run(IReadOnlyList<string> args, Terminal terminal, TimeProvider time)
    {
        var root = new RootCommand("Winnow makes training cheaper by choosing which samples are worth visiting, and proves what that saved and what it cost.")
        {
            TrainCommand.Create(terminal, time),
            CompareCommand.Create(terminal, time),
            PlanCommand.Create(terminal, time),
            MethodsCommand.Create(terminal),
            InfoCommand.Create(terminal),
        };
        ShowExamples(root, terminal,
            "winnow compare fashion-mnist --quick        what pruning saves and costs, in a few minutes",
            "winnow train fashion-mnist                  train once with the default method",
            "winnow methods                              what there is to choose from");
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                terminal.WriteError(error.Message);
            }

            var verb = parsed.CommandResult.Command is RootCommand ? "winnow" : $"winnow {parsed.CommandResult.Command.Name}";
            terminal.WriteNote($"{verb} --help shows what can be given.");
            return ExitCode.BadInput;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = terminal.Out.Profile.Out.Writer,
                Error = terminal.Error.Profile.Out.Writer,
                EnableDefaultExceptionHandler = false,
            });
        }
        catch (Exception error) when (IsBadInput(error))
        {
            terminal.WriteError(error.Message);
            return ExitCode.BadInput;
        }
        catch (Exception error) when (error is TrainingFailedException or TorchException or IOException or UnauthorizedAccessException)
        {
            terminal.WriteError(error.Message);
            return ExitCode.Failed;
        }
        catch (OutOfMemoryException)
        {
            terminal.WriteError("there is not enough memory for this; a smaller --batch-size, --width or data set needs less.");
            return ExitCode.Failed;
        }
        catch (Exception error) when (Environment.GetEnvironmentVariable("WINNOW_DEBUG") is null)
        {
            terminal.WriteError($"unexpected {error.GetType().Name}: {error.Message} This is a defect of Winnow; with WINNOW_DEBUG=1 it shows where.");
            return ExitCode.Failed;
        }
    }

    /// <summary>Appends examples to a command's help.</summary>
    public static void ShowExamples(Command command, Terminal terminal, params string[] examples)
    {
        var help = command.Options.OfType<HelpOption>().FirstOrDefault();
        if (help is null)
        {
            help = new HelpOption();
            command.Options.Add(help);
        }

        help.Action = new HelpWithExamples((HelpAction)help.Action!, terminal, examples);
    }

    // What the user gave, rather than what happened: nothing has been started when these are thrown.
    private static bool IsBadInput(Exception error) =>
        error is MethodSpecException or RecipeException or DataException or UsageException or TorchNotAvailableException
        || (error is RunFolderException folder && folder.BeforeStart);

    private sealed class HelpWithExamples(HelpAction inner, Terminal terminal, string[] examples) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parseResult)
        {
            var code = inner.Invoke(parseResult);
            var writer = terminal.Out.Profile.Out.Writer;
            writer.WriteLine("Examples:");
            foreach (var example in examples)
            {
                writer.WriteLine($"  {example}");
            }

            writer.WriteLine();
            return code;
        }
    }
}

/// <summary>Options that don't go together, or a value of one: the message states value, rule and remedy.</summary>
internal sealed class UsageException(string message) : Exception(message);
