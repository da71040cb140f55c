namespace Winnow.Training.Tasks.Denoising;

/// <summary>
/// Losses relative to those of other samples at about the same time step. How large a loss is says mostly how much noise there was, and that was drawn; divided by
/// the mean of its neighbours in time it says more of the sample.
/// </summary>
internal static class RelativeLosses
{
    // A mean over fewer says little; more groups than that tell steps apart that are alike.
    private const int Fewest = 32, MostGroups = 100;

    /// <summary>Each loss over the mean loss of its group; groups are of equal size, in the order of time. Around 1, at least 0; what isn't finite stays so and counts in no mean.</summary>
    /// <param name="times">The time step of each loss.</param>
    /// <param name="losses">At least 0.</param>
    public static float[] Of(long[] times, float[] losses)
    {
        var places = Enumerable.Range(0, losses.Length).ToArray();
        Array.Sort(Array.ConvertAll(places, place => (times[place], place)), places);
        var groups = Math.Clamp(losses.Length / Fewest, 1, MostGroups);
        var relative = new float[losses.Length];
        for (var group = 0; group < groups; group++)
        {
            var (start, end) = ((int)((long)group * losses.Length / groups), (int)((group + 1L) * losses.Length / groups));
            var members = places.AsSpan(start, end - start);
            var (sum, count) = (0.0, 0);
            foreach (var place in members)
            {
                if (float.IsFinite(losses[place]))
                {
                    sum += losses[place];
                    count++;
                }
            }

            foreach (var place in members)
            {
                relative[place] = sum > 0 ? (float)(losses[place] * count / sum) : losses[place];
            }
        }

        return relative;
    }
}
