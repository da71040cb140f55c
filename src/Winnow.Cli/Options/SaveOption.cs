using System.CommandLine;
using System.Globalization;
using Winnow.Catalog;
using Winnow.Experiments;
using Winnow.Policies;
using Winnow.Training.Tasks;

namespace Winnow.Cli.Options;

/// <summary><c>--save</c>: what is to be saved, for whichever method can be steered.</summary>
internal static class SaveOption
{
    public static Option<double?> Create(string whose) =>
        Value.Share("--save", $"the share of all visits that {whose} shall save, such as 30% or 0.3; in a spec: save=0.3");

    /// <summary>The spec with the saving asked of its method; refused where the method has no such parameter or the spec says otherwise already.</summary>
    public static string Apply(string spec, double? save)
    {
        if (save is not { } share)
        {
            return spec;
        }

        _ = PolicyCatalog.Canonical(spec);
        var text = share.ToString("R", CultureInfo.InvariantCulture);
        var method = SpecText.Base(spec);
        if (!SpecText.CanSave(spec))
        {
            var able = PolicyCatalog.All.Where(static entry => SpecText.CanSave(entry.Name)).Select(static entry => entry.Name);
            throw new UsageException($"--save {text} can't be asked of {method.Name}, which has no parameter save; leave it out, or use one of {string.Join(", ", able)}.");
        }

        if (method.Values.Any(static value => value.Key == Parameter.Save.Name))
        {
            throw new UsageException($"--save {text} is given and \"{spec}\" asks for a saving itself; leave one of them out.");
        }

        try
        {
            var asked = SpecText.With(spec, Parameter.Save.Name, text);
            _ = PolicyCatalog.Canonical(asked);
            return asked;
        }
        catch (MethodSpecException error)
        {
            throw new UsageException($"--save {text}: {error.Message}.");
        }
    }

    /// <summary>Checks that a method can do what it is asked to in a run of so many epochs over that data, before anything is written.</summary>
    public static void CheckReachable(string spec, TrainingTask task, int epochs) =>
        _ = Reachable(spec, PolicyCatalog.Parse(spec), task.Dataset.Train, new PrunerOptions { Epochs = epochs, Labels = task.Groups });

    /// <summary>A pruner, or a message that names the method whose saving can't be reached and the nearest that can.</summary>
    public static Pruner Reachable(string spec, IPruningPolicy policy, int samples, PrunerOptions options)
    {
        try
        {
            return new Pruner(samples, policy, options);
        }
        catch (UnreachableSaveException error)
        {
            throw new UsageException($"{spec}: {error.Message}.");
        }
    }
}
