using System.CommandLine;
using Winnow.Cli.Options;
using Winnow.Curation.Running;

namespace Winnow.Cli.Commands;

/// <summary><c>winnow retry</c>: what tasks that share a folder have left undone.</summary>
internal static class RetryCommand
{
    public static Command Create(Terminal terminal)
    {
        var folder = new Argument<string>("folder") { Description = "the folder that winnow dedup or winnow signals writes into" };
        var tasks = Value.Number<int>("--tasks", "among how many tasks the inputs are shared", new(1, int.MaxValue), "4");
        tasks.Required = true;
        var command = new Command("retry", "Say which tasks of an array have left something undone, as Slurm is told them; nothing where all is done.")
        {
            folder, tasks, RunOptions.Json,
        };
        Help.AddTo(command, terminal,
            ("winnow retry clean --tasks 100", "prints e.g. 3,17-19 on standard output, and which part it is beside it"),
            ("sbatch --array=$(winnow retry clean --tasks 100) sign.sh", "runs those tasks again"));
        command.SetAction(parsed =>
        {
            var missing = UnfinishedShards.Of(parsed.GetValue(folder)!, parsed.GetValue(tasks)!.Value);
            if (parsed.GetValue(RunOptions.Json))
            {
                terminal.WriteJson(new RetrySummary(missing.Step, missing.Stage, missing.Array, missing.Shards), CliJson.Indented.RetrySummary);
                return ExitCode.Done;
            }

            terminal.WriteNote(missing.Stage switch
            {
                null => "everything is done.",
                "join" => $"every input is signed; now winnow {missing.Step} … --stage join, once.",
                var stage when stage == missing.Step => $"to be done again: {missing.Shards.Count} inputs.",
                var stage => $"to be done again with --stage {stage}: {missing.Shards.Count} inputs.",
            });
            if (missing.Tasks.Count > 0)
            {
                terminal.WriteLine(missing.Array);
            }

            return ExitCode.Done;
        });
        return command;
    }
}

/// <summary>What <c>retry</c> found, in JSON; the stage is null where everything is done.</summary>
internal sealed record RetrySummary(string Step, string? Stage, string Array, IReadOnlyList<string> Inputs);
