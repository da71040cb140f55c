namespace Winnow.Numerics;

/// <summary>Hoare's selection (1961): a value of given rank in time linear in the number of values, on average.</summary>
internal static class Quickselect
{
    /// <summary>The value that so many values are at least as large as, counting itself. Reorders the values.</summary>
    /// <param name="values">At least one.</param>
    /// <param name="rank">1: the largest; at most the number of values.</param>
    public static ulong Largest(Span<ulong> values, int rank)
    {
        int left = 0, right = values.Length - 1, target = values.Length - rank;
        while (left < right)
        {
            ulong a = values[left], b = values[(left + right) >>> 1], c = values[right];
            var pivot = Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
            int i = left, j = right;
            while (i <= j)
            {
                while (values[i] < pivot)
                {
                    i++;
                }

                while (values[j] > pivot)
                {
                    j--;
                }

                if (i > j)
                {
                    break;
                }

                (values[i], values[j]) = (values[j], values[i]);
                i++;
                j--;
            }

            if (target <= j)
            {
                right = j;
            }
            else if (target >= i)
            {
                left = i;
            }
            else
            {
                break;
            }
        }

        return values[target];
    }
}
