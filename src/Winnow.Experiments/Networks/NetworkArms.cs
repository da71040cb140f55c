using System.Globalization;
using Winnow.Records.Comparisons;
using Winnow.Training;

namespace Winnow.Experiments.Networks;

/// <summary>What each pruned network is held against.</summary>
[Flags]
public enum NetworkControls
{
    /// <summary>The whole network alone.</summary>
    None = 0,

    /// <summary>Channels drawn at random, recovered like the others: what a score is worth.</summary>
    Random = 1,

    /// <summary>The pruned network's widths from scratch, for the whole network's epochs (Liu et al., ICLR 2019).</summary>
    ScratchE = 2,

    /// <summary>The pruned network's widths from scratch, for as much compute: the line to beat.</summary>
    ScratchB = 4,

    /// <summary>The model at the width that comes nearest in multiplications, for as much compute: what anybody can have without pruning.</summary>
    Width = 8,

    /// <summary>Those that a claim needs at least.</summary>
    Default = Random | ScratchB | Width,

    /// <summary>All of them.</summary>
    All = Random | ScratchE | ScratchB | Width,
}

/// <summary>Makes the arms of a comparison of smaller networks, and their order.</summary>
public static class NetworkArms
{
    /// <summary>The score that says nothing.</summary>
    public const string Random = "random";

    private const string Whole = "dense";

    /// <summary>The whole network, then for each share each score with its scratch controls, then the dense network of that size.</summary>
    /// <param name="scores">What channels are worth, by names of <see cref="UnitScoring"/>; each once.</param>
    /// <param name="keep">Shares of multiplications that are left, in (0, 1); each once.</param>
    /// <param name="controls">What each pruned network is held against.</param>
    /// <exception cref="RecipeException">No score or share, one that is unknown or out of range, or one twice.</exception>
    public static IReadOnlyList<NetworkArm> Of(IReadOnlyList<string> scores, IReadOnlyList<double> keep, NetworkControls controls = NetworkControls.Default)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(keep);
        if (scores.Count == 0 || keep.Count == 0)
        {
            throw new RecipeException("a comparison of smaller networks needs a score and a share at least, such as magnitude and 0.5.");
        }

        if (scores.FirstOrDefault(static score => !UnitScoring.Names.Contains(score)) is { } unknown)
        {
            throw new RecipeException($"\"{unknown}\" is no score of channels; use {string.Join(", ", UnitScoring.Names)}.");
        }

        if (keep.Any(static share => !(share > 0 && share < 1)))
        {
            throw new RecipeException(FormattableString.Invariant($"{keep.First(static share => !(share > 0 && share < 1))} is no share of multiplications that can be left; use one above 0 and below 1, such as 0.5."));
        }

        if (scores.Distinct().Count() < scores.Count || keep.Distinct().Count() < keep.Count)
        {
            throw new RecipeException("a score or a share is named twice; name each once.");
        }

        var all = controls.HasFlag(NetworkControls.Random) && !scores.Contains(Random) ? scores.Append(Random).ToArray() : scores;
        var arms = new List<NetworkArm> { new() { Name = Whole, Kind = NetworkArmKind.Dense } };
        arms.AddRange(all.Where(UnitScoring.NeedsPenalty).Select(static score => new NetworkArm { Name = $"{Whole}:{score}", Kind = NetworkArmKind.Penalised, By = score }));
        foreach (var share in keep)
        {
            var text = share.ToString("R", CultureInfo.InvariantCulture);
            foreach (var score in all)
            {
                var pruned = new NetworkArm { Name = $"{score}@{text}", Kind = NetworkArmKind.Pruned, By = score, Keep = share };
                arms.Add(pruned);
                arms.AddRange(new[] { (NetworkControls.ScratchE, NetworkArmKind.ScratchE, "scratch-e"), (NetworkControls.ScratchB, NetworkArmKind.ScratchB, "scratch-b") }
                    .Where(control => controls.HasFlag(control.Item1))
                    .Select(control => new NetworkArm { Name = $"{control.Item3}@{pruned.Name}", Kind = control.Item2, Keep = share, MatchedTo = pruned.Name }));
            }

            if (controls.HasFlag(NetworkControls.Width))
            {
                arms.Add(new() { Name = $"width@{text}", Kind = NetworkArmKind.Width, Keep = share });
            }
        }

        return arms;
    }

    /// <summary>The name of the arm whose network a pruned one is cut from.</summary>
    internal static string Source(NetworkArm pruned) => UnitScoring.NeedsPenalty(pruned.By!) ? $"{Whole}:{pruned.By}" : Whole;

    /// <summary>
    /// The arms in the order in which seed number <paramref name="index"/> runs them: whole networks first, since the others are cut from them; then shares and scores, reversed on
    /// every other seed, so that a machine that slows down favours none; each control after those whose compute it gets.
    /// </summary>
    public static IReadOnlyList<NetworkArm> Order(IReadOnlyList<NetworkArm> arms, int index)
    {
        ArgumentNullException.ThrowIfNull(arms);
        if (index % 2 == 0)
        {
            return arms;
        }

        var order = arms.Where(static arm => arm.Keep is null).ToList();
        foreach (var share in arms.Select(static arm => arm.Keep).OfType<double>().Distinct().Reverse())
        {
            var own = arms.Where(arm => arm.Keep == share).ToArray();
            order.AddRange(own.Where(static arm => arm.Kind == NetworkArmKind.Pruned).Reverse().SelectMany(pruned => own.Where(arm => arm.MatchedTo == pruned.Name).Prepend(pruned)));
            order.AddRange(own.Where(static arm => arm.Kind == NetworkArmKind.Width));
        }

        return order;
    }
}
