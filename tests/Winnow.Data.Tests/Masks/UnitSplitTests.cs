using Winnow.Data.Masks;

namespace Winnow.Data.Tests.Masks;

public sealed class UnitSplitTests
{
    [Theory]
    [InlineData("elves/archer-bow-attack-2.png", "elves/archer")]
    [InlineData("elves/archer+female.png", "elves/archer")]
    [InlineData("elves/archer.png", "elves/archer")]
    [InlineData("elves/archer12.png", "elves/archer")]
    [InlineData("elves/young ogre_idle.png", "elves/young")]
    [InlineData("orcs/archer.png", "orcs/archer")]
    [InlineData("train/a-1/b.c/grunt-die-1.webp", "train/a-1/b.c/grunt")]
    [InlineData("photos/0001.png", "photos/0001.png")]
    [InlineData("-x.png", "-x.png")]
    public void A_unit_is_the_folder_and_the_name_up_to_its_frames(string name, string unit) => Assert.Equal(unit, UnitSplit.UnitOf(name));

    [Fact]
    public void What_is_linked_by_a_chain_of_units_and_equal_contents_is_one_group()
    {
        // a-b by content 1, b-c by content 2; d alone; e by its unit.
        string[] units = ["a", "b", "b", "c", "d", "e", "e"];
        UInt128[] contents = [1, 1, 2, 2, 3, 4, 5];
        var groups = UnitSplit.Groups(units, contents);
        Assert.Equal([[0, 1, 2, 3], [4], [5, 6]], groups.OrderBy(static group => group[0]));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Nothing_of_a_group_stands_on_both_sides_and_each_class_gives_its_share(int seed)
    {
        var random = new Random(seed);
        const int Count = 3000, Classes = 5;
        int[] labels = [.. Enumerable.Range(0, Count).Select(_ => random.Next(Classes))];
        string[] units = [.. labels.Select(label => $"{label}/{random.Next(60)}")];

        // One in a hundred is the same as another, of whichever class.
        UInt128[] contents = [.. Enumerable.Range(0, Count).Select(id => (UInt128)(random.Next(100) == 0 ? random.Next(Count) : id))];
        var (kept, held) = UnitSplit.Divide(units, contents, labels, Classes, 1 / 6.0);
        Assert.Equal(Enumerable.Range(0, Count), kept.Concat(held).Order());
        Assert.Equal(kept.Order(), kept);
        Assert.Equal(held.Order(), held);
        Assert.Empty(kept.Select(id => units[id]).Intersect(held.Select(id => units[id])));
        Assert.Empty(kept.Select(id => contents[id]).Intersect(held.Select(id => contents[id])));
        for (var label = 0; label < Classes; label++)
        {
            Assert.InRange(held.Count(id => labels[id] == label) / (double)labels.Count(other => other == label), 0.08, 0.17);
        }

        Assert.Equal(held, UnitSplit.Divide(units, contents, labels, Classes, 1 / 6.0).Held);
    }

    [Fact]
    public void Which_groups_are_held_out_doesnt_depend_on_the_order_of_the_samples()
    {
        string[] units = [.. Enumerable.Range(0, 200).Select(static id => FormattableString.Invariant($"u{id / 4}"))];
        UInt128[] contents = [.. Enumerable.Range(0, 200).Select(static id => (UInt128)id)];
        var (_, held) = UnitSplit.Divide(units, contents, new int[200], 1, 0.25);
        var (_, reversed) = UnitSplit.Divide([.. units.Reverse()], [.. contents.Reverse()], new int[200], 1, 0.25);
        Assert.Equal(held, reversed.Select(static id => 199 - id).Order());
        Assert.Equal(48, held.Length);
    }

    [Fact]
    public void A_class_whose_units_are_all_too_large_gives_the_smallest_and_one_of_a_single_unit_none()
    {
        string[] units = [.. Enumerable.Repeat("a/big", 20), .. Enumerable.Repeat("a/small", 10), .. Enumerable.Repeat("b/only", 12), "c/x", "c/y"];
        int[] labels = [.. Enumerable.Repeat(0, 30), .. Enumerable.Repeat(1, 12), 2, 2];
        UInt128[] contents = [.. Enumerable.Range(0, units.Length).Select(static id => (UInt128)id)];
        var (_, held) = UnitSplit.Divide(units, contents, labels, 3, 1 / 6.0);
        Assert.Equal(10, held.Count(id => units[id] == "a/small"));
        Assert.DoesNotContain(held, id => labels[id] == 1);
        Assert.Equal(1, held.Count(id => labels[id] == 2));
    }
}
