using Winnow.Scores;

namespace Winnow.Tests.Scores;

public class El2nTests
{
    [Theory]
    [InlineData("el2n:epochs=4", 3)]
    [InlineData("el2n:epochs=25", 24)]
    [InlineData("el2n", 2)]
    public void Is_the_length_of_the_error_in_the_pass_after_the_epoch_and_in_no_other(string spec, int epoch) =>
        Dynamics.Small.AssertEqual(id => Dynamics.Small.ErrorNorm(epoch, id, pass: true), spec);

    [Theory]
    [InlineData(1, 0)]
    [InlineData(8, 0)]
    [InlineData(10, 0)]
    [InlineData(11, 1)]
    [InlineData(200, 19)]
    public void Looks_after_a_tenth_of_the_epochs_unless_told(int epochs, int epoch)
    {
        Assert.Equal([epoch], Enumerable.Range(0, epochs).Where(e => new El2nScore().Looks(e, epochs)));
        Assert.Throws<ArgumentOutOfRangeException>(static () => new El2nScore { Epochs = 0 });
        Assert.Throws<ArgumentOutOfRangeException>(static () => new El2nScore { Runs = 0 });
    }
}
