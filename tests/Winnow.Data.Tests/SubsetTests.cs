namespace Winnow.Data.Tests;

public sealed class SubsetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(57)]
    [InlineData(99)]
    [InlineData(100)]
    public void Exactly_as_many_with_the_classes_in_their_shares(int count)
    {
        // 70, 25 and 5 of a hundred, and a class without samples.
        var set = Set(Enumerable.Range(0, 100).Select(static i => i % 20 == 19 ? 2 : i % 4 == 1 ? 1 : 0).ToArray());
        var some = set.WithSubset(count);
        Assert.Equal((count, set.Classes), (some.Count, some.Classes));
        int[] have = Sizes(some), all = Sizes(set);
        for (var c = 0; c < have.Length; c++)
        {
            Assert.InRange(have[c], Math.Floor(all[c] * count / 100.0) - 2, Math.Ceiling(all[c] * count / 100.0) + (all[c] > 0 ? 1 : 0));
        }

        if (count >= 3)
        {
            Assert.All(Enumerable.Range(0, 3), c => Assert.True(have[c] > 0, $"class {c} is gone"));
        }

        Assert.Equal(some.Bytes.ToArray(), set.WithSubset(count).Bytes.ToArray());
        Assert.Equal(some.Bytes.ToArray().Order(), some.Bytes.ToArray());
    }

    [Fact]
    public void Who_stays_is_drawn_evenly()
    {
        var set = Set(new int[200]);
        var half = set.WithSubset(100).Bytes.ToArray();
        var early = half.Count(static value => value < 100);

        // Hypergeometric: mean 50, deviation 3.5.
        Assert.InRange(early, 32, 68);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(101)]
    public void Other_numbers_are_refused(int count) => Assert.Throws<ArgumentOutOfRangeException>(() => Set(new int[100]).WithSubset(count));

    private static int[] Sizes(SampleSet set) => [.. Enumerable.Range(0, set.Classes).Select(c => set.Labels.ToArray().Count(label => label == c))];

    // Each sample's only byte says where it was.
    private static SampleSet Set(int[] labels) => SampleSet.FromBytes("set", [1, 1, 1], Enumerable.Range(0, labels.Length).Select(static i => (byte)i).ToArray(), labels, classes: 4);
}
