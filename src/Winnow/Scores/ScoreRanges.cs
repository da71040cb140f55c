using System.Runtime.CompilerServices;

namespace Winnow.Scores;

/// <summary>What the settings of scores may be, where they are set in code; specs are checked by the catalogue.</summary>
internal static class ScoreRanges
{
    public static int? Runs(int? value, [CallerMemberName] string name = "") =>
        value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, "a score is averaged over at least 1 run; null leaves it to whoever runs them");

    public static int? Epochs(int? value, [CallerMemberName] string name = "") =>
        value is null or >= 1 ? value : throw new ArgumentOutOfRangeException(name, value, "at least 1 epoch is trained; null takes the score's own default");

    public static int AtLeast(int least, int value, [CallerMemberName] string name = "") =>
        value >= least ? value : throw new ArgumentOutOfRangeException(name, value, $"it is at least {least}");
}
