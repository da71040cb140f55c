using System.Globalization;

namespace Winnow;

/// <summary>More was asked to be saved than the method can save in a run of that length.</summary>
public sealed class UnreachableSaveException : ArgumentException
{
    /// <summary>Says what was asked, what can be reached and what would help.</summary>
    /// <param name="asked">The share of visits asked to be saved.</param>
    /// <param name="largest">The largest share that can be saved.</param>
    /// <param name="epochs">The run's epochs.</param>
    public UnreachableSaveException(double asked, double largest, int epochs)
        : base(Describe(asked, Down(largest), epochs)) => (Asked, Largest) = (asked, Down(largest));

    /// <summary>The share of visits asked to be saved, in (0, 1).</summary>
    public double Asked { get; }

    /// <summary>The largest share that can be saved, in [0, 1), rounded down to a tenth of a percent.</summary>
    public double Largest { get; }

    // 0.6 may come out as 0.5999…, which is meant to be 0.6; what is named must still be reachable, so never up by more than that.
    private static double Down(double largest) => Math.Floor((largest * 1000) + 1e-9) / 1000;

    private static string Describe(double asked, double largest, int epochs)
    {
        string ask = asked.ToString("0.######", CultureInfo.InvariantCulture), most = largest.ToString("0.###", CultureInfo.InvariantCulture);
        return largest == 0
            ? $"save={ask} can't be reached in {epochs} epoch{(epochs == 1 ? "" : "s")}: none of them can be pruned by this method (losses have to be seen once, and " +
                "the last epochs are full); train for more epochs, or raise until"
            : $"save={ask} can't be reached in {epochs} epochs: the first and the last ones are visited in full as the method says, and only a part of each " +
                $"of the others can be dropped; the most is save={most}. Ask for that, train for more epochs, or raise until where it is below 1";
    }
}
