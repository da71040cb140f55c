using System.Globalization;
using Winnow.Policies;
using Winnow.Records.Comparisons;
using Winnow.Training;

namespace Winnow.Experiments;

/// <summary>What a matched arm is asked to run, once the arm it is matched to has run at the same seed.</summary>
internal static class Matching
{
    /// <summary>The request of an arm.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="method">The outcome of the arm that this one is matched to; null where there is none.</param>
    /// <param name="fullSteps">Steps of a run over full epochs.</param>
    public static TrainingRequest Request(ComparisonArm arm, ulong seed, TrainingOutcome? method, long fullSteps)
    {
        var plain = new TrainingRequest { Method = arm.Method, Seed = seed };
        if (arm.SharedSave is { } save)
        {
            return arm.Kind is ArmKind.Random or ArmKind.Rs2 ? plain : plain with
            {
                Steps = Math.Max(1, (long)Math.Round((1 - save) * fullSteps)),
                LearningRateScale = arm.Kind == ArmKind.ShortenedLr ? 1 / (1 - save) : 1,
            };
        }

        return arm.Kind switch
        {
            ArmKind.Shortened => plain with { Steps = TrainedSteps(method!) },
            ArmKind.EqualCompute => plain with { Steps = ComputedSteps(method!) },
            ArmKind.ShortenedLr => plain with { Steps = TrainedSteps(method!), LearningRateScale = RateScale(method!) },
            ArmKind.Random => plain with { Policy = new RandomReplay([.. method!.History.Select(static epoch => (int)epoch.Backwards)]) },
            ArmKind.Rs2 => plain with { Method = Rs2(method!) },
            ArmKind.WithoutWeights => plain with { Policy = new WithoutWeights(PolicyCatalog.Parse(arm.Method)) },
            _ => plain,
        };
    }

    /// <summary>The mean over epochs of all samples over those trained on: what pruning does to the size of a step where losses are rescaled.</summary>
    public static double RateScale(TrainingOutcome method) => method.History.Average(static epoch => (double)epoch.Total / epoch.Backwards);

    // Without what was trained before the run, to choose by.
    private static long Trained(TrainingOutcome method) => method.History.Sum(static epoch => epoch.Backwards);

    // A method that chooses within the batch takes as many steps as full data, on fewer samples each: what it is held against trains on as many.
    private static long TrainedSteps(TrainingOutcome method) => Math.Max(1, (long)Math.Round((double)method.Steps * Trained(method) / method.Visited));

    // A forward pass counts one and a backward pass two, so a sample of full data costs three.
    private static long ComputedSteps(TrainingOutcome method) => Math.Max(1, (long)Math.Round(method.Compute / 3.0 * method.FullSteps / method.FullVisits));

    // A run that saved nothing has nothing to match but full data.
    private static string Rs2(TrainingOutcome method)
    {
        var saved = 1 - ((double)Trained(method) / method.FullVisits);
        return saved > 0 ? string.Create(CultureInfo.InvariantCulture, $"rs2:save={saved:R}") : "full";
    }
}
