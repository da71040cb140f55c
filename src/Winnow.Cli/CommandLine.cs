using System.CommandLine;
using System.CommandLine.Help;
using Winnow.Catalog;
using Winnow.Checkpoints;
using Winnow.Cli.Commands;
using Winnow.Cli.Options;
using Winnow.Data;
using Winnow.LabelErrors;
using Winnow.Networks;
using Winnow.Networks.Graphs;
using Winnow.Records;
using Winnow.Report;
using Winnow.Scores;
using Winnow.Selection;
using Winnow.Torch;
using Winnow.Torch.Distributed;
using Winnow.Training;

namespace Winnow.Cli;

/// <summary>The verbs, and how their failures become messages and exit codes.</summary>
internal static class CommandLine
{
    /// <summary>Runs one command line.</summary>
    public static int Run(IReadOnlyList<string> args, Terminal terminal, TimeProvider time)
    {
        // No response files: an argument that begins with @ is an argument.
        var parsed = Root(terminal, time).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count > 0)
        {
            terminal.WriteError($"{UsageError.Of(parsed)} See {UsageError.FullName(parsed.CommandResult.Command)} --help.");
            return ExitCode.BadInput;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration
            {
                Output = terminal.Out.Profile.Out.Writer,
                Error = terminal.Error.Profile.Out.Writer,
                EnableDefaultExceptionHandler = false,
                // What a signal does is for the verbs that have something to save to say.
                ProcessTerminationTimeout = null,
            });
        }
        catch (Exception error) when (IsBadInput(error))
        {
            terminal.WriteError(OptionNames.Render(error));
            return ExitCode.BadInput;
        }
        catch (Exception error) when (error is TrainingFailedException or RankLostException or ScoreException or System.Runtime.InteropServices.ExternalException or ReportException or IOException or UnauthorizedAccessException)
        {
            terminal.WriteError(error.Message);
            return ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            terminal.WriteError("stopped; nothing was written.");
            return ExitCode.Interrupted;
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

    // A plain command rather than the library's root command, whose name would be the program file's.
    private static Command Root(Terminal terminal, TimeProvider time)
    {
        var version = new Option<bool>("--version") { Description = "show the version" };
        var root = new Command("winnow", "Winnow makes training cheaper by choosing which samples are worth visiting, and proves what that saved and what it cost.")
        {
            TrainCommand.Create(terminal, time),
            CompareCommand.Create(terminal, time),
            ScoreCommand.Create(terminal, time),
            EmbedCommand.Create(terminal, time),
            SelectCommand.Create(terminal, time),
            ScalingCommand.Create(terminal),
            LabelsCommand.Create(terminal, time),
            DedupCommand.Create(terminal, time),
            SignalsCommand.Create(terminal, time),
            FilterCommand.Create(terminal, time),
            ResampleCommand.Create(terminal, time),
            RetryCommand.Create(terminal),
            TicketsCommand.Create(terminal, time),
            ShrinkCommand.Create(terminal, time),
            ExportCommand.Create(terminal, time),
            PlanCommand.Create(terminal, time),
            ObserveCommand.Create(terminal),
            ReportCommand.Create(terminal),
            InspectCommand.Create(terminal),
            MethodsCommand.Create(terminal),
            InfoCommand.Create(terminal),
            version,
            NoColorOption.Create(),
        };
        Help.AddTo(root, terminal,
            ("winnow compare fashion-mnist --quick", "what pruning saves and costs, in a few minutes"),
            ("winnow train fashion-mnist", "train once with the default method"),
            ("winnow methods", "what there is to choose from"));
        var help = root.Options.OfType<HelpOption>().Single().Action!;
        root.SetAction(parsed =>
        {
            if (!parsed.GetValue(version))
            {
                return ((Help)help).Invoke(parsed);
            }

            terminal.WriteLine($"winnow {RunDescription.Version}");
            return ExitCode.Done;
        });
        return root;
    }

    // What the user gave, rather than what happened: nothing has been started when these are thrown.
    private static bool IsBadInput(Exception error) =>
        error is MethodSpecException or RecipeException or DataException or UsageException or UnreachableSaveException or TorchNotAvailableException or RankSetupException or CheckpointException or SelectionException or LabelErrorException or NetworkPruningException or NetworkGraphException
        || (error is RunFolderException folder && folder.BeforeStart) || (error is ReportException report && !report.Writing);
}

/// <summary>Options that don't go together, or a value of one: the message states value, rule and remedy.</summary>
internal sealed class UsageException(string message) : Exception(message);
