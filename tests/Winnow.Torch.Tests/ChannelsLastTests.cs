using Winnow.Torch.Tests.Support;
using static TorchSharp.torch;

namespace Winnow.Torch.Tests;

public sealed class ChannelsLastTests
{
    [Theory]
    [InlineData(2, 3, 4, 5)]
    [InlineData(2, 1, 4, 5)]
    [InlineData(2, 3, 1, 1)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(4, 16, 3, 3)]
    public void Numbers_stay_and_strides_are_those_of_the_order(long n, long c, long h, long w)
    {
        using var scope = NewDisposeScope();
        var tensor = Numbers.Float(1, n, c, h, w);
        var moved = tensor.ToChannelsLast();
        Assert.Equal([c * h * w, 1, w * c, c], moved.stride());
        Assert.True(ChannelsLast.IsChannelsLast(moved));
        Assert.Equal(tensor.ToArray<float>(), moved.ToArray<float>());
        Assert.Same(moved, moved.ToChannelsLast());
    }

    [Fact]
    public void What_isnt_an_image_stays_as_it_is()
    {
        using var scope = NewDisposeScope();
        var vector = Numbers.Float(1, 2, 3);
        Assert.Same(vector, vector.ToChannelsLast());
        Assert.False(ChannelsLast.IsChannelsLast(vector));
    }

    [Fact]
    public void A_view_with_gaps_is_copied()
    {
        using var scope = NewDisposeScope();
        var tensor = Numbers.Float(1, 2, 3, 8, 8);
        var view = tensor.slice(2, 0, 8, 2).slice(3, 0, 8, 2);
        Assert.True(ChannelsLast.IsChannelsLast(view.ToChannelsLast()));
        Assert.Equal(view.ToArray<float>(), view.ToChannelsLast().ToArray<float>());
    }

    [Fact]
    public void A_module_keeps_its_parameters_and_gives_the_same_numbers()
    {
        using var scope = NewDisposeScope();
        using var module = nn.Sequential(("conv", nn.Conv2d(3, 8, 3, padding: 1)), ("norm", nn.BatchNorm2d(8)), ("relu", nn.ReLU()), ("pool", nn.MaxPool2d(2)));
        var x = Numbers.Float(1, 4, 3, 8, 8);
        var parameters = module.parameters().ToArray();
        var expected = module.forward(x).ToArray<float>();
        module.ToChannelsLast();
        Assert.All(parameters, parameter => Assert.Contains(module.parameters(), own => ReferenceEquals(own, parameter) || own.Handle == parameter.Handle));
        var result = module.forward(x.ToChannelsLast());
        Assert.True(ChannelsLast.IsChannelsLast(result));
        Numbers.Close(Array.ConvertAll(expected, static value => (double)value), Array.ConvertAll(result.ToArray<float>(), static value => (double)value), 1e-4);
        result.sum().backward();
        Assert.All(module.parameters(), static parameter => Assert.NotNull(parameter.grad));
    }

    // libtorch's kernel for these writes past its buffers.
    [Fact]
    public void A_strided_filter_of_one_pixel_is_refused_where_its_kernel_is_broken()
    {
        using var scope = NewDisposeScope();
        using var broken = nn.Sequential(("first", nn.Conv2d(3, 8, 3)), ("shortcut", nn.Conv2d(8, 16, 1, stride: 2)));
        Assert.False(ChannelsLast.Suits(broken, out var problem));
        Assert.Equal("shortcut.weight", problem);
        Assert.Contains("shortcut.weight", Assert.Throws<NotSupportedException>(broken.ToChannelsLast).Message, StringComparison.Ordinal);
        using var alone = nn.Conv2d(8, 16, 1, stride: 2);
        Assert.False(ChannelsLast.Suits(alone, out problem));
        Assert.Equal("weight", problem);
        foreach (var sound in new nn.Module[] { nn.Conv2d(8, 16, 1), nn.Conv2d(16, 32, 1, stride: 2), nn.Conv2d(8, 16, 3, stride: 2) })
        {
            using (sound)
            {
                Assert.True(ChannelsLast.Suits(sound, out problem), problem);
            }
        }
    }
}
