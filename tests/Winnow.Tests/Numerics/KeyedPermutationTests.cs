using Winnow.Numerics;

namespace Winnow.Tests.Numerics;

public class KeyedPermutationTests
{
    private static KeyedPermutation Make(int count, ulong seed = 1, int epoch = 0) => new(Rng.Derive(seed, epoch, "order/keyed"), count);

    private static int[] All(KeyedPermutation permutation)
    {
        var all = new int[permutation.Count];
        permutation.Fill(0, all);
        return all;
    }

    [Fact]
    public void Holds_every_number_once()
    {
        foreach (var count in (int[])[.. Enumerable.Range(1, 300), 4095, 4096, 4097, 10_007, 65_536, 300_001])
        {
            Assert.Equal(Enumerable.Range(0, count), All(Make(count, (ulong)count)).Order());
        }
    }

    [Fact]
    public void Says_the_same_of_a_place_alone_and_in_bulk_from_wherever()
    {
        foreach (var count in new[] { 1, 2, 17, 1000, 4096, 4097, 4112, 99_991 })
        {
            var permutation = Make(count, 5);
            var all = All(permutation);
            Assert.Equal(all, Enumerable.Range(0, count).Select(permutation.At));
            foreach (var start in new[] { 0, count / 3, count - 1, count })
            {
                var rest = new int[count - start];
                permutation.Fill(start, rest);
                Assert.Equal(all[start..], rest);
            }
        }
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(0x7FFFFFC7)]
    [InlineData(1 << 30)]
    [InlineData(1_000_000_000)]
    public void Stays_in_range_and_repeats_nothing_near_the_largest_count(int count)
    {
        var permutation = Make(count, 3);
        var seen = new HashSet<int>();
        var piece = new int[50_001];
        foreach (var start in new[] { 0, (count / 2) - 7, count - piece.Length })
        {
            permutation.Fill(start, piece);
            foreach (var value in piece)
            {
                Assert.InRange(value, 0, count - 1);
                Assert.True(seen.Add(value));
            }

            Assert.Equal(piece[^1], permutation.At(start + piece.Length - 1));
        }
        // A hundred cells of the whole range, from three stretches of places.
        var cells = new int[100];
        foreach (var value in seen)
        {
            cells[(int)((long)value * 100 / count)]++;
        }

        Statistics.AssertUniform(cells, 100);
    }

    [Fact]
    public void Gives_every_order_of_few_equally_often()
    {
        for (var count = 2; count <= 6; count++)
        {
            var counts = new Dictionary<string, int>();
            var orders = Enumerable.Range(1, count).Aggregate(static (a, b) => a * b);
            for (ulong seed = 0; seed < (ulong)orders * 60; seed++)
            {
                var order = string.Join(',', All(Make(count, seed)));
                counts[order] = counts.GetValueOrDefault(order) + 1;
            }

            Statistics.AssertUniform(counts.Values, orders);
        }
    }

    [Theory]
    [InlineData(4097)]
    [InlineData(4761)]
    [InlineData(1_000_000)]
    public void Puts_each_of_two_anywhere_whatever_the_other_does(int count)
    {
        // Neighbours by place, and two a row of the network apart, which share a half of their pair: where both stand, over many keys.
        var row = 2 * (int)Math.Ceiling(Math.Sqrt(count) / 2);
        foreach (var other in new[] { 1, row, row - 2 })
        {
            var cells = new int[100];
            for (ulong seed = 0; seed < 5000; seed++)
            {
                var permutation = Make(count, seed);
                cells[((int)((long)permutation.At(0) * 10 / count) * 10) + (int)((long)permutation.At(other) * 10 / count)]++;
            }

            Statistics.AssertUniform(cells, 100);
        }
    }

    [Fact]
    public void Spreads_every_region_over_every_region_and_separates_neighbours()
    {
        var order = All(Make(400_000, 9, 1));
        var cells = new int[400];
        for (var place = 0; place < order.Length; place++)
        {
            cells[(place / 20_000 * 20) + (order[place] / 20_000)]++;
        }

        Statistics.AssertUniform(cells, 400);
        var near = Enumerable.Range(1, order.Length - 1).Count(i => Math.Abs(order[i] - order[i - 1]) <= 100);
        Assert.InRange(near, 120, 280);
        // Places a row of the network apart share a half of their pair; they are no nearer than others.
        var row = 2 * (int)Math.Ceiling(Math.Sqrt(400_000) / 2);
        Assert.InRange(Enumerable.Range(row, order.Length - row).Count(i => Math.Abs(order[i] - order[i - row]) <= 100), 120, 280);
    }

    [Fact]
    public void Has_one_fixed_point_on_average_and_as_many_even_orders_as_odd_ones()
    {
        int fixedPoints = 0, even = 0;
        for (ulong seed = 0; seed < 2000; seed++)
        {
            // 4225 is 65 squared: with odd sides all orders would be even ones.
            var order = All(Make(4225, seed));
            fixedPoints += order.Where(static (value, place) => value == place).Count();
            even += Cycles(order) % 2 == 0 ? 1 : 0;
        }
        // Both have a standard deviation below 45.
        Assert.InRange(fixedPoints, 2000 - 225, 2000 + 225);
        Assert.InRange(even, 1000 - 115, 1000 + 115);
    }

    [Fact]
    public void Epochs_and_seeds_have_unrelated_orders()
    {
        var order = All(Make(100_000));
        foreach (var other in new[] { Make(100_000, 2), Make(100_000, 1, 1) })
        {
            Assert.InRange(All(other).Zip(order).Count(static pair => pair.First == pair.Second), 0, 8);
        }
    }

    private static int Cycles(int[] order)
    {
        var seen = new bool[order.Length];
        var cycles = 0;
        for (var i = 0; i < order.Length; i++)
        {
            if (seen[i])
            {
                continue;
            }

            cycles++;
            for (var j = i; !seen[j]; j = order[j])
            {
                seen[j] = true;
            }
        }

        return cycles;
    }
}
