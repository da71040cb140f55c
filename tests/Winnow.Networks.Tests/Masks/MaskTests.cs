using Winnow.Networks.Masks;
using Winnow.Networks.Tests.Support;
using static TorchSharp.torch;

namespace Winnow.Networks.Tests.Masks;

public class MaskTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(1000)]
    public void Bits_counts_and_combinations_are_those_of_truth_values(int count)
    {
        bool[] a = [.. Nets.Floats(count, 1).Select(static x => x > 0)], b = [.. Nets.Floats(count, 2).Select(static x => x > 0.2)];
        Mask first = Mask.Of("w", a), second = Mask.Of("w", b);
        Assert.Equal(a, first.ToArray());
        Assert.Equal(a.Count(static x => x), first.Kept);
        Assert.Equal(count, first.Count);
        Assert.Equal(count == 0 ? 1 : a.Count(static x => x) / (double)count, first.Density);
        Assert.Equal(1 - first.Density, first.Sparsity);
        Assert.All(Enumerable.Range(0, count), i => Assert.Equal(a[i], first[i]));
        Assert.Equal(a.Zip(b, static (x, y) => x && y), first.And(second).ToArray());
        Assert.Equal(a.Zip(b, static (x, y) => x || y), first.Or(second).ToArray());
        Assert.Equal(a.Zip(b, static (x, y) => x != y), first.Xor(second).ToArray());
        Assert.Equal(a.Zip(b, static (x, y) => x && !y), first.Except(second).ToArray());
        Assert.True(first.And(second).IsWithin(first));
        Assert.Equal(count, Mask.Full("w", count).Kept);
        Assert.Equal(0, Mask.Empty("w", count).Kept);
        Assert.Equal(first, Mask.FromPackedBits("w", first.ToPackedBits(), count));
        Assert.Equal(Mask.Full("w", count), first.Or(Mask.Full("w", count)));
    }

    [Fact]
    public void Equal_is_the_same_name_shape_and_bits()
    {
        var mask = Mask.Of("w", [true, false, true, true], 2, 2);
        Assert.Equal(mask, Mask.Of("w", [true, false, true, true], 2, 2));
        Assert.Equal(mask.GetHashCode(), Mask.Of("w", [true, false, true, true], 2, 2).GetHashCode());
        Assert.NotEqual(mask, Mask.Of("w", [true, false, true, true], 4));
        Assert.NotEqual(mask, Mask.Of("w", [true, true, true, false], 2, 2));
        Assert.NotEqual(mask, mask.Named("v"));
        Assert.Equal("w [2, 2]: 3 of 4 kept", mask.ToString());
    }

    [Fact]
    public void A_place_that_is_none_and_masks_that_do_not_go_together_are_refused()
    {
        var mask = Mask.Full("w", 2, 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => mask[6]);
        Assert.Throws<ArgumentOutOfRangeException>(() => mask[-1]);
        Assert.Contains("w [2, 3] and w [3, 2]", Assert.Throws<NetworkPruningException>(() => mask.And(Mask.Full("w", 3, 2))).Message, StringComparison.Ordinal);
        Assert.Throws<NetworkPruningException>(() => mask.Or(mask.Named("v")));
        Assert.Throws<NetworkPruningException>(() => Mask.Of("w", [true], 2));
        Assert.Throws<NetworkPruningException>(() => Mask.FromPackedBits("w", [1, 2], 8));
        Assert.Contains("beyond", Assert.Throws<NetworkPruningException>(() => Mask.FromPackedBits("w", [0xFF], 2, 3)).Message, StringComparison.Ordinal);
        Assert.Throws<NetworkPruningException>(() => new MaskSet([mask, Mask.Empty("w", 1)]));
    }

    [Fact]
    public void Tensors_and_masks_are_made_of_each_other()
    {
        using var scope = NewDisposeScope();
        var mask = Mask.Of("w", [true, false, false, true, true, false], 2, 3);
        var tensor = mask.ToTensor();
        Assert.Equal([2, 3], tensor.shape);
        Assert.Equal(mask, tensor.ToMask("w"));
        Assert.Equal(mask, tensor.t().contiguous().t().ToMask("w"));
        Assert.Equal(Mask.Of("x", [true, false, true, true], 4), torch.tensor(new[] { -1f, -0f, float.NaN, 1e-40f }).ToMask("x"));
        Assert.Equal(0, Mask.Full("scalar").ToTensor().dim());
    }

    [Fact]
    public void Sets_go_by_name_and_add_up()
    {
        MaskSet a = new([Mask.Full("a", 4), Mask.Of("b", [true, false, false, false])]), b = new([Mask.Of("b", [true, true, false, false]), Mask.Empty("a", 4)]);
        Assert.Equal((8, 5, 0.625, 2), (a.Elements, a.Kept, a.Density, a.Count));
        Assert.Equal(["a", "b"], a.Or(b).Select(static mask => mask.Name));
        Assert.Equal((1, 6, 5, 4), (a.And(b).Kept, a.Or(b).Kept, a.Xor(b).Kept, a.Except(b).Kept));
        Assert.False(a.IsWithin(b));
        Assert.True(a.And(b).IsWithin(b));
        Assert.Equal(a, new MaskSet(a));
        Assert.NotEqual(a, b);
        Assert.Null(a.Find("c"));
        Assert.Contains("no mask of c", Assert.Throws<NetworkPruningException>(() => a["c"]).Message, StringComparison.Ordinal);
        Assert.Contains("mask of c", Assert.Throws<NetworkPruningException>(() => a.And(new([.. a, Mask.Full("c", 1)]))).Message, StringComparison.Ordinal);
        Assert.Contains("mask of b", Assert.Throws<NetworkPruningException>(() => a.And(new([a[0]]))).Message, StringComparison.Ordinal);
    }
}
