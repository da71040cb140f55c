using Winnow.Checkpoints;

namespace Winnow.Training.Runs;

/// <summary>The weights that a run had before one of its steps, where they are asked for: what a lottery ticket is rewound to.</summary>
/// <param name="run">The run.</param>
internal sealed class RunKept(RunParts run)
{
    private const string Kept = "kept.";

    /// <summary>The weights; null before that step, and where none is asked for.</summary>
    public IReadOnlyList<WeightArray>? Weights { get; private set; }

    /// <summary>Before a step.</summary>
    public void Before()
    {
        if (run.Request.KeepAt == run.Counters.Steps)
        {
            Weights = run.Model.Weights();
        }
    }

    /// <summary>Adds them to a checkpoint.</summary>
    public void Save(CheckpointWriter state)
    {
        foreach (var weight in Weights ?? [])
        {
            state.Add<byte>(Kept + weight.Name, weight.Bytes);
        }
    }

    /// <summary>Takes them from a checkpoint.</summary>
    public void Load(CheckpointReader state)
    {
        if (run.Request.KeepAt is null)
        {
            return;
        }

        var now = run.Model.Weights();
        Weights = now.All(weight => state.Has(Kept + weight.Name)) ? [.. now.Select(weight => weight with { Bytes = state.Read<byte>(Kept + weight.Name) })] : null;
    }
}
