using Winnow.Numerics;

namespace Winnow.Geometry;

/// <summary>Draws different rows, one after another, every order equally likely: Fisher-Yates of which only the places that were touched are kept.</summary>
internal static class DistinctRows
{
    /// <summary>So many of n rows, in the order in which they were drawn.</summary>
    public static int[] Draw(int count, int rows, Rng rng)
    {
        var random = rng.Sequence();
        Dictionary<int, int> moved = [];
        var drawn = new int[count];
        for (var i = 0; i < count; i++)
        {
            var place = i + (int)random.Next((uint)(rows - i));
            drawn[i] = moved.GetValueOrDefault(place, place);
            moved[place] = moved.GetValueOrDefault(i, i);
        }

        return drawn;
    }
}
